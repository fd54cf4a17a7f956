import { Certificate, type PrivateKey } from './certificate.ts';
import { type HandshakeSettings, settingsControls } from './handshake-settings.ts';
import type { OpenSsl } from './openssl.ts';
import { OwnedObject } from './owned-object.ts';
import { type CertificateChain, stackElements } from './pem.ts';

/** ssl.h, tls1.h: SSL_CTX_ctrl(3). */
const controls = {
  mode: 33,
  sessionCacheMode: 44,
  ticketKeys: 59,
  statusCallback: 63,
  statusType: 65,
  chainCertificate: 89,
} as const;

/** AUTO_RETRY, NO_AUTO_CHAIN, RELEASE_BUFFERS. */
const modes = 0x04n | 0x08n | 0x10n;

const noTicket = 1n << 14n;
const serverPreference = 1n << 22n;
const noRenegotiation = 1n << 30n;
/** Flags that OpenSSL sets by itself and BoringSSL does not know. */
const cacheOff = 0n;
const ocspStatus = 1n;
/** Client sessions, kept by ourselves (SSL_SESS_CACHE_CLIENT | NO_INTERNAL). */
const cacheClient = 0x301n;

export const verifyModes = { none: 0, peer: 1, failIfNoPeer: 2 } as const;

/** x509_vfy.h. */
export const storeFlags = {
  crlCheck: 0x4n,
  crlCheckAll: 0x8n,
  partialChain: 0x8_0000n,
  noCheckTime: 0x20_0000n,
} as const;

/** A cipher suite by OpenSSL's name and IANA's number. */
export interface CipherSuite {
  readonly name: string;
  readonly id: number;
  readonly isTls13: boolean;
}

/** An SSL_CTX: what the connections of one certificate have in common. Connections that were made of it outlive it. */
export class SslContext extends OwnedObject {
  constructor(openSsl: OpenSsl) {
    const { call } = openSsl;
    super(openSsl, 'context', call.SSL_CTX_new(call.TLS_method()));
    this.#control(controls.mode, modes);
    // Strength is for the configuration to say, as in BoringSSL.
    call.SSL_CTX_set_security_level(this.pointer, 0);
    call.SSL_CTX_set_options(this.pointer, noRenegotiation);
  }

  configure(settings: HandshakeSettings): void {
    this.#control(settingsControls.minVersion, BigInt(settings.minVersion));
    this.#control(settingsControls.maxVersion, BigInt(settings.maxVersion));
    this.setCipherList(settings.ciphers);
    if (settings.tls13Ciphers !== '') this.openSsl.call.SSL_CTX_set_ciphersuites(this.pointer, settings.tls13Ciphers);
    this.setGroups(settings.groups);
    this.setSignatureAlgorithms(settings.signatureAlgorithms);
    this.#controlText(settingsControls.clientSignatureAlgorithmsList, settings.clientSignatureAlgorithms);
  }

  /** Up to TLS 1.2, in OpenSSL's syntax; false when none of it is known. */
  setCipherList(list: string): boolean {
    return this.#succeeded(this.openSsl.call.SSL_CTX_set_cipher_list(this.pointer, list));
  }

  /** Its ciphers, the best first. */
  get ciphers(): CipherSuite[] {
    const { call } = this.openSsl;
    return stackElements(this.openSsl, call.SSL_CTX_get_ciphers(this.pointer)).map((cipher) => {
      const name = this.openSsl.textAt(call.SSL_CIPHER_get_name(cipher));
      return { name, id: call.SSL_CIPHER_get_protocol_id(cipher), isTls13: name.startsWith('TLS_') };
    });
  }

  setGroups(list: string): boolean {
    return this.#controlText(settingsControls.groupsList, list);
  }

  setSignatureAlgorithms(list: string): boolean {
    return this.#controlText(settingsControls.signatureAlgorithmsList, list);
  }

  /** Of ciphers and groups the server's order decides, not the client's. */
  preferServerOrder(): void {
    this.openSsl.call.SSL_CTX_set_options(this.pointer, serverPreference);
  }

  allowRenegotiation(): void {
    this.openSsl.call.SSL_CTX_clear_options(this.pointer, noRenegotiation);
  }

  /** The certificate and the ones sent with it; false, with errors in the queue, when it will not do. */
  useChain({ leaf, intermediates }: CertificateChain): boolean {
    const { call } = this.openSsl;
    if (call.SSL_CTX_use_certificate(this.pointer, leaf.pointer) !== 1) return false;
    return intermediates.every((certificate: Certificate) =>
      this.#control(controls.chainCertificate, 1n, certificate.pointer),
    );
  }

  useKey(key: PrivateKey): boolean {
    return this.openSsl.call.SSL_CTX_use_PrivateKey(this.pointer, key.pointer) === 1;
  }

  /** Whether the peer is asked for a certificate, and whether it may have none. */
  setVerifyMode(mode: number): void {
    this.openSsl.call.SSL_CTX_set_verify(this.pointer, mode, 0n);
  }

  setVerifyDepth(depth: number): void {
    this.openSsl.call.SSL_CTX_set_verify_depth(this.pointer, depth);
  }

  addTrust(x509: bigint): void {
    const { call } = this.openSsl;
    call.X509_STORE_add_cert(call.SSL_CTX_get_cert_store(this.pointer), x509);
    call.ERR_clear_error();
  }

  addRevocations(crl: bigint): void {
    const { call } = this.openSsl;
    call.X509_STORE_add_crl(call.SSL_CTX_get_cert_store(this.pointer), crl);
    call.ERR_clear_error();
  }

  setStoreFlags(flags: bigint): void {
    const { call } = this.openSsl;
    call.X509_STORE_set_flags(call.SSL_CTX_get_cert_store(this.pointer), flags);
  }

  /** Clients are told of these authorities (DER of their certificates), each name once. */
  announceAuthorities(authorities: readonly Uint8Array[]): void {
    const { call } = this.openSsl;
    const names: bigint[] = [];
    for (const der of authorities) {
      using certificate = Certificate.fromDer(this.openSsl, der);
      if (certificate === undefined) continue;
      const name = call.X509_get_subject_name(certificate.pointer);
      if (!names.some((known) => call.X509_NAME_cmp(known, name) === 0)) names.push(call.X509_NAME_dup(name));
    }
    const stack = call.OPENSSL_sk_new_null();
    for (const name of names) call.OPENSSL_sk_push(stack, name);
    call.SSL_CTX_set_client_CA_list(this.pointer, stack);
  }

  /** Certificates are judged by `HandshakeEvents.onVerify` alone. */
  judgeCertificates(): void {
    const { call, handshakes } = this.openSsl;
    call.SSL_CTX_set_cert_verify_callback(this.pointer, handshakes.verify, 0n);
  }

  watchClientHello(): void {
    const { call, handshakes } = this.openSsl;
    call.SSL_CTX_set_client_hello_cb(this.pointer, handshakes.clientHello, 0n);
  }

  selectProtocols(): void {
    const { call, handshakes } = this.openSsl;
    call.SSL_CTX_set_alpn_select_cb(this.pointer, handshakes.selectProtocol, 0n);
  }

  /** Names with their lengths before them, as on the wire. */
  offerProtocols(names: Uint8Array): void {
    const { call } = this.openSsl;
    this.openSsl.withPointer(names, (pointer) => call.SSL_CTX_set_alpn_protos(this.pointer, pointer, names.length));
  }

  answerStatusRequests(): void {
    const { call, handshakes } = this.openSsl;
    call.SSL_CTX_callback_ctrl(this.pointer, controls.statusCallback, handshakes.statusRequest);
  }

  /** Of clients: servers are asked for an OCSP response. */
  askForOcsp(): void {
    this.#control(controls.statusType, ocspStatus);
  }

  logKeys(): void {
    const { call, handshakes } = this.openSsl;
    call.SSL_CTX_set_keylog_callback(this.pointer, handshakes.keyLog);
  }

  /** New sessions go to `HandshakeEvents.onNewSession`. */
  keepClientSessions(): void {
    const { call, handshakes } = this.openSsl;
    this.#control(controls.sessionCacheMode, cacheClient);
    call.SSL_CTX_sess_set_new_cb(this.pointer, handshakes.newSession);
  }

  disableSessionCache(): void {
    this.#control(controls.sessionCacheMode, cacheOff);
  }

  disableTickets(): void {
    const { call } = this.openSsl;
    call.SSL_CTX_set_options(this.pointer, noTicket);
    // Of TLS 1.3: else sessions are kept here, and the tickets say where.
    call.SSL_CTX_set_num_tickets(this.pointer, 0n);
  }

  /** Ticket keys come from `HandshakeEvents.onTicketKey`. */
  askForTicketKeys(): void {
    const { call, handshakes } = this.openSsl;
    call.SSL_CTX_set_tlsext_ticket_key_evp_cb(this.pointer, handshakes.ticketKey);
  }

  /** 80 bytes: a name, a key for HMAC-SHA256, a key for AES-256. */
  setTicketKey(key: Uint8Array): void {
    this.openSsl.withPointer(key, (pointer) => this.#control(controls.ticketKeys, BigInt(key.length), pointer));
  }

  setSessionTimeout(seconds: number): void {
    this.openSsl.call.SSL_CTX_set_timeout(this.pointer, BigInt(seconds));
  }

  /** At most 32 bytes: sessions are resumed only where they are the same. */
  setSessionIdContext(id: Uint8Array): void {
    const { call } = this.openSsl;
    this.openSsl.withPointer(id, (pointer) => call.SSL_CTX_set_session_id_context(this.pointer, pointer, id.length));
  }

  #control(command: number, value: bigint, pointer = 0n): boolean {
    return this.openSsl.call.SSL_CTX_ctrl(this.pointer, command, value, pointer) > 0n;
  }

  #controlText(command: number, text: string): boolean {
    const bytes = new TextEncoder().encode(`${text}\0`);
    return this.#succeeded(this.openSsl.withPointer(bytes, (pointer) => (this.#control(command, 0n, pointer) ? 1 : 0)));
  }

  #succeeded(result: number): boolean {
    if (result !== 1) this.openSsl.call.ERR_clear_error();
    return result === 1;
  }
}
