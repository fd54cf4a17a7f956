import { derOf } from './certificate.ts';
import type { HandshakeEvents } from './handshake-events.ts';
import { type HandshakeSettings, settingsControls } from './handshake-settings.ts';
import type { OpenSsl } from './openssl.ts';
import { OwnedObject } from './owned-object.ts';
import { stackElements } from './pem.ts';
import type { SslContext } from './ssl-context.ts';
import { wireBytes } from './wire.ts';

/** What a call of a connection came to, where it is no count of bytes. */
export const outcomes = {
  /** All input is used up. */
  wantsMore: 0,
  /** The peer has said that it sends no more (close_notify). */
  ended: -1,
  /** It broke; the reasons are in the error queue, an alert maybe in the output. */
  failed: -2,
} as const;

/** SSL_get_error(3). */
const wantRead = 2;
const wantWrite = 3;
const zeroReturn = 6;
const tls13 = 0x0304;

const controls = { setHostName: 55, getStatusResponse: 70, statusResponse: 71, peerSignatureDigest: 108 } as const;

export interface SessionFacts {
  /** As on the wire. */
  readonly version: number;
  /** A pointer that tells ciphers apart; ask `cipherOf` for its name. */
  readonly cipher: bigint;
  readonly group: string;
  readonly reused: boolean;
}

/** An SSL: one connection's state. Its bytes go through the thread's wire. */
export class SslConnection extends OwnedObject {
  readonly #events: HandshakeEvents;
  readonly #role: 'server' | 'client';

  // What is called for each record is bound, so that V8 does not inline it into its callers, where the wrapper that node:ffi puts
  // around a function finds no room: only where that is inlined is C called directly, at half the price.

  /** Bytes of plaintext, now at the beginning of the wire's, or an outcome. */
  readonly read: () => number = this.#read.bind(this);
  /** Sends the first bytes of the wire's plaintext, all of them unless it failed. */
  readonly write: (bytes: number) => boolean = this.#write.bind(this);

  constructor(openSsl: OpenSsl, context: SslContext, role: 'server' | 'client', events: HandshakeEvents) {
    const { call } = openSsl;
    super(openSsl, 'connection', call.SSL_new(context.pointer));
    this.#events = events;
    this.#role = role;
    openSsl.wire.attach(this.pointer);
    if (role === 'server') call.SSL_set_accept_state(this.pointer);
    else call.SSL_set_connect_state(this.pointer);
  }

  /** 1 when the handshake is done, else an outcome. */
  handshake(): number {
    const openSsl = this.openSsl;
    openSsl.handshakes.current = this.#events;
    const result = openSsl.call.SSL_do_handshake(this.pointer);
    openSsl.rethrow();
    return result === 1 ? 1 : this.#outcomeOf(result);
  }

  #read(): number {
    const openSsl = this.openSsl;
    openSsl.handshakes.current = this.#events;
    const result = openSsl.call.SSL_read(this.pointer, openSsl.wire.plaintextPointer, wireBytes);
    openSsl.rethrow();
    return result > 0 ? result : this.#outcomeOf(result);
  }

  #write(bytes: number): boolean {
    const openSsl = this.openSsl;
    openSsl.handshakes.current = this.#events;
    const result = openSsl.call.SSL_write(this.pointer, openSsl.wire.plaintextPointer, bytes);
    openSsl.rethrow();
    return result === bytes;
  }

  /** Sends close_notify. */
  shutdown(): void {
    const { call } = this.openSsl;
    if (call.SSL_shutdown(this.pointer) < 0) call.ERR_clear_error();
  }

  #outcomeOf(result: number): number {
    const error = this.openSsl.call.SSL_get_error(this.pointer, result);
    if (error === wantRead || error === wantWrite) return outcomes.wantsMore;
    return error === zeroReturn ? outcomes.ended : outcomes.failed;
  }

  /** Of a server in TLS 1.3: one ticket more for the client. */
  sendTicket(): void {
    const { openSsl } = this;
    openSsl.handshakes.current = this.#events;
    // It goes out with the next step of the handshake, which is over otherwise.
    if (openSsl.call.SSL_new_session_ticket(this.pointer) === 1) openSsl.call.SSL_do_handshake(this.pointer);
    openSsl.call.ERR_clear_error();
    openSsl.rethrow();
  }

  // Before the handshake.

  setHostName(name: string): boolean {
    return this.#controlText(controls.setHostName, name);
  }

  setVerifyMode(mode: number): void {
    this.openSsl.call.SSL_set_verify(this.pointer, mode, 0n);
  }

  offerProtocols(names: Uint8Array): void {
    const { call } = this.openSsl;
    this.openSsl.withPointer(names, (pointer) => call.SSL_set_alpn_protos(this.pointer, pointer, names.length));
  }

  /** To be resumed if the server agrees. */
  setSession(session: bigint): void {
    const { call } = this.openSsl;
    if (call.SSL_set_session(this.pointer, session) !== 1) call.ERR_clear_error();
  }

  // Within the handshake.

  /** Instead of the context's. */
  configure(settings: HandshakeSettings): void {
    const { call } = this.openSsl;
    call.SSL_ctrl(this.pointer, settingsControls.minVersion, BigInt(settings.minVersion), 0n);
    call.SSL_ctrl(this.pointer, settingsControls.maxVersion, BigInt(settings.maxVersion), 0n);
    this.setCipherList(settings.ciphers);
    if (settings.tls13Ciphers !== '') this.setTls13Ciphers(settings.tls13Ciphers);
    this.setGroups(settings.groups);
    this.#controlText(settingsControls.signatureAlgorithmsList, settings.signatureAlgorithms);
    this.#controlText(settingsControls.clientSignatureAlgorithmsList, settings.clientSignatureAlgorithms);
  }

  /** Instead of those of the context, or of what was configured. */
  setGroups(list: string): void {
    this.#controlText(settingsControls.groupsList, list);
  }

  /** Up to TLS 1.2; instead of the context's. */
  setCipherList(list: string): void {
    this.openSsl.call.SSL_set_cipher_list(this.pointer, list);
  }

  /** Of TLS 1.3; instead of the context's. */
  setTls13Ciphers(list: string): void {
    this.openSsl.call.SSL_set_ciphersuites(this.pointer, list);
  }

  useContext(context: SslContext): void {
    this.openSsl.call.SSL_set_SSL_CTX(this.pointer, context.pointer);
  }

  staple(response: Uint8Array): void {
    const { call } = this.openSsl;
    const copy = call.CRYPTO_malloc(BigInt(response.length), 0n, 0);
    this.openSsl.viewAt(copy, response.length).set(response);
    call.SSL_ctrl(this.pointer, controls.statusResponse, BigInt(response.length), copy);
  }

  /** Of the ClientHello that is being looked at; undefined when it has no such extension. */
  helloExtension(type: number): Uint8Array<ArrayBuffer> | undefined {
    const { call, scratch } = this.openSsl;
    const { pointer } = scratch;
    if (call.SSL_client_hello_get0_ext(this.pointer, type, pointer, pointer + 8n) !== 1) return undefined;
    return this.openSsl.bytesAt(scratch.pointerAt(0), Number(scratch.pointerAt(1)));
  }

  /** Whether it is there, for less than its bytes would cost. */
  hasHelloExtension(type: number): boolean {
    return this.openSsl.call.SSL_client_hello_get0_ext(this.pointer, type, 0n, 0n) === 1;
  }

  /** Two bytes each. */
  get helloCiphers(): Uint8Array<ArrayBuffer> {
    const { call, scratch } = this.openSsl;
    const length = call.SSL_client_hello_get0_ciphers(this.pointer, scratch.pointer);
    return this.openSsl.bytesAt(scratch.pointerAt(0), Number(length));
  }

  get helloVersion(): number {
    return this.openSsl.call.SSL_client_hello_get0_legacy_version(this.pointer);
  }

  /** As OpenSSL says it: right once one is agreed on. */
  get version(): number {
    return this.openSsl.call.SSL_version(this.pointer);
  }

  /** 0 while none is agreed on; until then OpenSSL says the best that it speaks, so that this may need a cipher as well. */
  get versionSoFar(): number {
    const { version } = this;
    const isTold = this.#role === 'server' && version !== tls13;
    return isTold || this.cipherSoFar !== 0n ? version : 0;
  }

  /** The one that is in use, or is going to be; 0 while there is none. */
  get cipherSoFar(): bigint {
    const { call } = this.openSsl;
    const current = call.SSL_get_current_cipher(this.pointer);
    return current === 0n ? call.SSL_get_pending_cipher(this.pointer) : current;
  }

  /** The group of the keys that have been exchanged; '' while there is no session, over whose absence OpenSSL would fall. */
  get groupSoFar(): string {
    const { call } = this.openSsl;
    return call.SSL_get_session(this.pointer) === 0n ? '' : this.openSsl.textAt(call.SSL_get0_group_name(this.pointer));
  }

  // After it; before, there is no session yet and OpenSSL would fall over it.

  facts(): SessionFacts {
    const { call } = this.openSsl;
    const { pointer } = this;
    return {
      version: this.version,
      cipher: call.SSL_get_current_cipher(pointer),
      group: this.openSsl.textAt(call.SSL_get0_group_name(pointer)),
      reused: call.SSL_session_reused(pointer) === 1n,
    };
  }

  /** What the server sent along with its certificate; undefined when nothing. */
  get ocspResponse(): Uint8Array<ArrayBuffer> | undefined {
    const { call, scratch } = this.openSsl;
    const length = Number(call.SSL_ctrl(this.pointer, controls.getStatusResponse, 0n, scratch.pointer));
    return length > 0 ? this.openSsl.bytesAt(scratch.pointerAt(0), length) : undefined;
  }

  /** '' when ALPN chose none. */
  get protocol(): string {
    const { call, scratch } = this.openSsl;
    call.SSL_get0_alpn_selected(this.pointer, scratch.pointer, scratch.pointer + 8n);
    const length = scratch.intAt(2);
    if (length === 0) return '';
    return new TextDecoder('latin1').decode(this.openSsl.bytesAt(scratch.pointerAt(0), length));
  }

  /** What the client asked for; '' when nothing. */
  get serverName(): string {
    return this.openSsl.textAt(this.openSsl.call.SSL_get_servername(this.pointer, 0));
  }

  get sessionId(): Uint8Array<ArrayBuffer> {
    const { call, scratch } = this.openSsl;
    const session = call.SSL_get_session(this.pointer);
    if (session === 0n) return new Uint8Array(0);
    const id = call.SSL_SESSION_get_id(session, scratch.pointer);
    return this.openSsl.bytesAt(id, scratch.intAt(0));
  }

  get isResumed(): boolean {
    return this.openSsl.call.SSL_session_reused(this.pointer) === 1n;
  }

  /** With which error, 0 for none, the peer's certificate was accepted. */
  get verifyResult(): number {
    return Number(this.openSsl.call.SSL_get_verify_result(this.pointer));
  }

  /** DER of the peer's certificate, then of what it sent besides; empty when it presented none. */
  get peerCertificates(): Uint8Array<ArrayBuffer>[] {
    const { call } = this.openSsl;
    const leaf = call.SSL_get0_peer_certificate(this.pointer);
    if (leaf === 0n) return [];
    const others = stackElements(this.openSsl, call.SSL_get_peer_cert_chain(this.pointer));
    const rest = others.filter((x509) => x509 !== leaf);
    return [leaf, ...rest].map((x509) => derOf(this.openSsl, x509));
  }

  get hasPeerCertificate(): boolean {
    return this.openSsl.call.SSL_get0_peer_certificate(this.pointer) !== 0n;
  }

  /** Numbers (NID) of the key's type and the digest with which the peer signed; zeros when it did not sign. */
  get peerSignature(): { readonly type: number; readonly digest: number } {
    const { call, scratch } = this.openSsl;
    scratch.writeInt(0, 0);
    scratch.writeInt(1, 0);
    call.SSL_get_peer_signature_type_nid(this.pointer, scratch.pointer);
    call.SSL_ctrl(this.pointer, controls.peerSignatureDigest, 0n, scratch.pointer + 4n);
    return { type: scratch.intAt(0), digest: scratch.intAt(1) };
  }

  #controlText(command: number, text: string): boolean {
    const bytes = new TextEncoder().encode(`${text}\0`);
    const { call } = this.openSsl;
    return this.openSsl.withPointer(bytes, (pointer) => call.SSL_ctrl(this.pointer, command, 0n, pointer) === 1n);
  }
}
