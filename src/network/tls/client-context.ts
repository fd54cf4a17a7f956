import { ConfigError } from '../../../sdk/config.ts';
import type { TransportSocketOptions } from '../../../sdk/network.ts';
import { DnsNameMatcher } from '../../common/tls/subject-names.ts';
import { verifyModes } from '../../native/openssl/ssl-context.ts';
import { ClientSessions } from './client-sessions.ts';
import { encodeProtocols } from './protocols.ts';
import { TlsContext, type TlsWorld } from './tls-context.ts';
import type { ClientTlsOptions } from './tls-options.ts';
import { TlsSocket } from './tls-socket.ts';
import type { TlsThread } from './tls-thread.ts';
import { type NamesToMatch, noNamesToMatch } from './validator.ts';

/** TLS to a cluster (Envoy's ClientContextImpl). */
export class ClientTlsContext extends TlsContext {
  readonly #options: ClientTlsOptions;
  readonly #sessions: ClientSessions;
  readonly #names = new WeakMap<TlsSocket, NamesToMatch>();
  /** Of the sessions that a connection may resume and brings. */
  readonly #purposes = new WeakMap<TlsSocket, string>();
  #isDisposed = false;

  constructor(thread: TlsThread, options: ClientTlsOptions, world?: TlsWorld) {
    super(thread, options, world, 'client');
    this.#options = options;
    this.#sessions = new ClientSessions(thread.openSsl, options.maxSessionKeys);
    using undo = new DisposableStack();
    undo.use({ [Symbol.dispose]: () => super[Symbol.dispose]() });
    if (options.autoSniSanMatch) this.#requireTrust();
    const protocols = encodeProtocols(options.alpnProtocols);
    if (protocols.length > 0) this.base.offerProtocols(protocols);
    if (options.maxSessionKeys > 0) this.base.keepClientSessions();
    if (options.allowRenegotiation) this.base.allowRenegotiation();
    undo.move();
  }

  override get allowsRenegotiation(): boolean {
    return this.#options.allowRenegotiation;
  }

  #requireTrust(): void {
    if (this.validator.hasTrust) return;
    const without = this.#options.validation === undefined ? 'a validation context' : 'configuring a trusted CA';
    throw new ConfigError(`'auto_sni_san_validation' was configured without ${without}`);
  }

  /** @param hostname of the host that is connected to; '' when it has none. */
  createSocket(hostname: string, options: TransportSocketOptions | undefined): TlsSocket {
    const socket = new TlsSocket(this, 'client');
    const { connection } = socket;
    const serverName = this.#serverName(hostname, options);
    if (serverName !== '') connection.setHostName(serverName);
    const exact = options?.verifySubjectAltNames ?? [];
    if (exact.length > 0) connection.setVerifyMode(verifyModes.peer | verifyModes.failIfNoPeer);
    const names = this.#namesFor(exact, serverName);
    if (names !== undefined) this.#names.set(socket, names);
    const protocols = encodeProtocols(options?.applicationProtocols ?? []);
    if (protocols.length > 0) connection.offerProtocols(protocols);
    // What was agreed on under another name, or checked against others, is not for this connection.
    const purpose = JSON.stringify([serverName, exact]);
    this.#purposes.set(socket, purpose);
    socket.sessionSignature = this.#sessions.useNewest(purpose, (session) => connection.setSession(session));
    return socket;
  }

  #serverName(hostname: string, options: TransportSocketOptions | undefined): string {
    if (options?.serverNameOverride !== undefined) return options.serverNameOverride;
    return this.#options.autoHostSni && hostname !== '' ? hostname : this.#options.sni;
  }

  #namesFor(exact: readonly string[], serverName: string): NamesToMatch | undefined {
    if (exact.length > 0) return { exact, instead: undefined };
    if (!this.#options.autoSniSanMatch || serverName === '') return undefined;
    return { exact, instead: [new DnsNameMatcher(serverName)] };
  }

  protected override namesToMatch(socket: TlsSocket): NamesToMatch {
    return this.#names.get(socket) ?? noNamesToMatch;
  }

  override onNewSession(socket: TlsSocket, session: bigint): boolean {
    const purpose = this.#purposes.get(socket);
    if (this.#isDisposed || purpose === undefined) return false;
    this.#sessions.keep(purpose, session, this.signatureOf(socket));
    return true;
  }

  override [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#sessions[Symbol.dispose]();
    super[Symbol.dispose]();
  }
}
