import { ConfigError } from '../../../sdk/config.ts';
import { sha256 } from '../../native/openssl/certificate.ts';
import type { TicketKey } from '../../native/openssl/handshake-events.ts';
import type { SslConnection } from '../../native/openssl/ssl-connection.ts';
import { SslContext } from '../../native/openssl/ssl-context.ts';
import { CertificateSelector } from './certificate-selector.ts';
import { type CipherOrder, orderOf, tls13OrderOf } from './cipher-order.ts';
import { lackIn, offersTls13, readClientHello, takesCurve } from './client-hello.ts';
import { type ResolvedSettings, resolveSettings } from './handshake-settings.ts';
import type { LoadedCertificate } from './load-certificate.ts';
import { type OcspStaple, readOcspStaple } from './ocsp-staple.ts';
import { OcspStapler } from './ocsp-stapler.ts';
import { encodeProtocols, selectProtocol, splitProtocols } from './protocols.ts';
import { deriveTicketKey, SessionTicketKeys } from './session-ticket-keys.ts';
import { TlsContext, type TlsWorld } from './tls-context.ts';
import { type ServerTlsOptions, type TlsParams, tlsVersions } from './tls-options.ts';
import type { TlsSocket } from './tls-socket.ts';
import type { TlsThread } from './tls-thread.ts';

/** What a handshake with one certificate may agree on. */
interface Terms {
  readonly settings: ResolvedSettings;
  readonly order: CipherOrder;
  readonly tls13Order: CipherOrder;
}

/** TLS of a filter chain (Envoy's ServerContextImpl). */
export class ServerTlsContext extends TlsContext {
  readonly #options: ServerTlsOptions;
  readonly #staples: readonly (OcspStaple | undefined)[];
  readonly #stapler: OcspStapler;
  readonly #selector: CertificateSelector | undefined;
  readonly #ticketKeys: SessionTicketKeys;
  readonly #protocols: readonly string[];
  /** Which ciphers go with ECDSA certificates, by their numbers; up to TLS 1.2. */
  readonly #ecdsaCiphers: ReadonlySet<number>;
  /** With which connections begin, and those of each certificate. */
  readonly #baseTerms: Terms;
  readonly #terms: readonly Terms[];

  constructor(thread: TlsThread, options: ServerTlsOptions, serverNames: readonly string[], world?: TlsWorld) {
    super(thread, options, world, options.preferClientCiphers ? 'yielding server' : 'server');
    using undo = new DisposableStack();
    undo.use({ [Symbol.dispose]: () => super[Symbol.dispose]() });
    this.#options = options;
    if (this.certificates.length === 0)
      throw new ConfigError('Server TlsCertificates must have a certificate specified');
    const id = sha256(thread.openSsl, new TextEncoder().encode(this.#sessionIdSource(serverNames)));
    const keys = this.#ticketKeysFor(id, world?.ticketSecret);
    this.#ticketKeys = new SessionTicketKeys(keys);
    for (const context of this.contexts) this.#prepare(context, id, keys);
    const now = world?.now ?? (() => 0);
    this.#staples = this.certificates.map((certificate) => readOcspStaple(certificate, options.ocspStaplePolicy));
    this.#stapler = new OcspStapler(this.certificates, this.#staples, options.ocspStaplePolicy, now);
    encodeProtocols(options.alpnProtocols);
    const unsupported = world?.unsupportedProtocols ?? [];
    this.#protocols = splitProtocols(options.alpnProtocols).filter((name) => !unsupported.includes(name));
    if (this.#protocols.length > 0) for (const context of this.contexts) context.selectProtocols();
    // Which certificate suits a client is not told by what single ones say.
    this.#ecdsaCiphers = ecdsaIn(this.base);
    const common = termsOf(this.base, this.settings);
    this.#terms = options.certificates.map(({ params }) => (params === undefined ? common : this.#ownTerms(params)));
    const [only, ...others] = this.#terms;
    this.#baseTerms = only !== undefined && others.length === 0 ? only : common;
    this.base.configure(this.#baseTerms.settings);
    const chooses = this.certificates.length > 1 || this.#stapler.mayFail;
    this.#selector = chooses
      ? new CertificateSelector(this.certificates, this.#stapler, options.fullScanCertsOnSniMismatch)
      : undefined;
    this.base.watchClientHello();
    undo.move();
  }

  #ownTerms(params: TlsParams): Terms {
    using probe = new SslContext(this.thread.openSsl);
    const settings = resolveSettings(probe, params, this.side, this.settings);
    probe.configure(settings);
    return termsOf(probe, settings);
  }

  protected override ocspStaple(index: number): OcspStaple | undefined {
    return this.#staples[index];
  }

  /** The configured ones, else one that all threads make alike; none = OpenSSL's own. */
  #ticketKeysFor(id: Uint8Array, secret: Uint8Array = new Uint8Array(0)): readonly Uint8Array[] {
    const { sessionTicketKeys } = this.#options;
    if (sessionTicketKeys.length > 0 || secret.length === 0) return sessionTicketKeys;
    return [deriveTicketKey(secret, id, (bytes) => sha256(this.thread.openSsl, bytes))];
  }

  #prepare(context: SslContext, id: Uint8Array, ticketKeys: readonly Uint8Array[]): void {
    const [onlyKey, ...older] = ticketKeys;
    const options = this.#options;
    this.validator.prepareServer(context, options.requireClientCertificate);
    if (!options.preferClientCiphers) context.preferServerOrder();
    if (options.disableStatelessSessionResumption) context.disableTickets();
    // One key OpenSSL can handle by itself.
    else if (older.length > 0) context.askForTicketKeys();
    else if (onlyKey !== undefined) context.setTicketKey(onlyKey);
    if (options.disableStatefulSessionResumption) context.disableSessionCache();
    if (options.sessionTimeoutSeconds !== undefined) context.setSessionTimeout(options.sessionTimeoutSeconds);
    context.setSessionIdContext(id);
    context.answerStatusRequests();
  }

  /** Sessions are for the same names, the same trust and the same filter chain only. */
  #sessionIdSource(serverNames: readonly string[]): string {
    const names = this.certificates.map(({ info }) => {
      const { commonName, subjectAltNames } = info.parts;
      if (commonName === '' && subjectAltNames.length === 0)
        throw new ConfigError('Invalid TLS context has neither subject CN nor SAN names');
      return [commonName, subjectAltNames, info.issuer];
    });
    return JSON.stringify([names, this.validator.fingerprint, serverNames]);
  }

  override onClientHello(socket: TlsSocket): boolean {
    const { connection } = socket;
    if (this.#selector !== undefined && !this.#selectCertificate(socket, this.#selector)) return false;
    const terms = this.#terms[socket.certificateIndex] as Terms;
    if (terms !== this.#baseTerms) connection.configure(terms.settings);
    const isTls13 = terms.settings.maxVersion >= tlsVersions.tls13 && offersTls13(connection);
    if (!this.#options.preferClientCiphers) orderCiphers(connection, isTls13 ? terms.tls13Order : terms.order, isTls13);
    if (isTls13) {
      socket.lack = lackIn(connection);
      return true;
    }
    const { keyKind, curve } = this.certificates[socket.certificateIndex] as LoadedCertificate;
    socket.wrongCurve = keyKind === 'EC' && !takesCurve(connection, curve);
    return true;
  }

  /** False when none may be sent. */
  #selectCertificate(socket: TlsSocket, selector: CertificateSelector): boolean {
    const hello = readClientHello(socket.connection, {
      tls13: this.#options.maxVersion >= tlsVersions.tls13,
      ecdsaCiphers: this.#ecdsaCiphers,
    });
    const index = selector.select(hello);
    if (index === undefined) {
      this.#countStaple(true, 'fail');
      return false;
    }
    if (index > 0) socket.connection.useContext(this.contexts[index] as SslContext);
    socket.certificateIndex = index;
    return true;
  }

  /** OpenSSL has sent one new ticket to a client that resumed a session, BoringSSL sends two. */
  override onHandshakeComplete(socket: TlsSocket): void {
    super.onHandshakeComplete(socket);
    const sendsTickets = !this.#options.disableStatelessSessionResumption;
    if (socket.info.sessionReused && sendsTickets && socket.connection.versionSoFar === tlsVersions.tls13)
      socket.connection.sendTicket();
  }

  override onStatusRequest(socket: TlsSocket): boolean | undefined {
    const action = this.#stapler.actionFor(socket.certificateIndex);
    this.#countStaple(true, action);
    if (action === 'fail') return false;
    if (action === 'omit') return undefined;
    socket.connection.staple(this.#stapler.responseOf(socket.certificateIndex));
    return true;
  }

  #countStaple(requested: boolean, action: 'staple' | 'omit' | 'fail'): void {
    const { stats } = this;
    if (stats === undefined) return;
    if (requested) stats.ocspStapleRequests.inc();
    if (action === 'staple') stats.ocspStapleResponses.inc();
    else if (action === 'omit') stats.ocspStapleOmitted.inc();
    else stats.ocspStapleFailed.inc();
  }

  override selectProtocol(offered: Uint8Array): number {
    return selectProtocol(this.#protocols, offered);
  }

  override ticketKey(name: Uint8Array, writes: boolean): TicketKey | undefined {
    return writes ? this.#ticketKeys.first : this.#ticketKeys.find(name);
  }
}

function ecdsaIn(context: SslContext): ReadonlySet<number> {
  return new Set(context.ciphers.filter(({ name }) => name.startsWith('ECDHE-ECDSA-')).map(({ id }) => id));
}

function termsOf(context: SslContext, settings: ResolvedSettings): Terms {
  return { settings, order: orderOf(context, settings.configuredCiphers), tls13Order: tls13OrderOf(context) };
}

/** Of ciphers that are equally good the client's order decides. */
function orderCiphers(connection: SslConnection, order: CipherOrder, isTls13: boolean): void {
  const list = order.hasEquals ? order.orderFor(connection.helloCiphers) : undefined;
  if (list === undefined) return;
  if (isTls13) connection.setTls13Ciphers(list);
  else connection.setCipherList(list);
}
