import type { CertificateInUse, CertificatesInUse } from '../../../sdk/extension.ts';
import type { PeerVerdict, TicketKey } from '../../native/openssl/handshake-events.ts';
import type { PeerVerification } from '../../native/openssl/peer-verification.ts';
import { SslContext, verifyModes } from '../../native/openssl/ssl-context.ts';
import { TlsCertificateInfo } from './certificate-info.ts';
import { CertificateValidator } from './certificate-validator.ts';
import type { FailureReason } from './failure-reason.ts';
import { type ResolvedSettings, resolveSettings, type Side } from './handshake-settings.ts';
import type { KeyLog } from './key-log.ts';
import { type LoadedCertificate, loadCertificate } from './load-certificate.ts';
import type { OcspStaple } from './ocsp-staple.ts';
import { SpiffeValidator } from './spiffe-validator.ts';
import { type TlsOptions, tlsVersions, type ValidationOptions } from './tls-options.ts';
import type { TlsSocket } from './tls-socket.ts';
import type { TlsStats } from './tls-stats.ts';
import type { TlsThread } from './tls-thread.ts';
import { badCertificate, type NamesToMatch, noNamesToMatch, refusedByUs, type Validator } from './validator.ts';
import { keyUsageOf, type X509Parts } from './x509.ts';

/** What a context that is in use, not merely tried, works with. */
export interface TlsWorld {
  readonly stats: TlsStats;
  readonly keyLog: KeyLog | undefined;
  /** On one thread alone: gauges of all are summed. */
  readonly setsGauges: boolean;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Random bytes, the same on every thread, of which ticket keys are made where none are configured; empty = none are. */
  readonly ticketSecret: Uint8Array;
  /** Names of ALPN that are not to be chosen, whatever is configured. */
  readonly unsupportedProtocols: readonly string[];
}

/** x509_vfy.h. */
const unspecifiedError = 1;
/**
 * Up to TLS 1.2 OpenSSL holds a client's certificate to the groups of the server, BoringSSL does not. The keys of the handshake
 * are exchanged by then.
 */
const curvesOfCertificates = 'P-256:P-384:P-521';
const refusedKey: PeerVerdict = { accepts: false, x509Error: unspecifiedError };
/** Of no certificate at all, in place of Envoy's number for that. */
const neverSeconds = Number.MAX_SAFE_INTEGER;

/** What connections of one TLS configuration share on a thread (Envoy's ContextImpl). */
export abstract class TlsContext implements Disposable {
  readonly thread: TlsThread;
  /** One for each certificate, or one without any. Connections begin with the first. */
  readonly contexts: readonly SslContext[];
  readonly certificates: readonly LoadedCertificate[];
  protected readonly stats: TlsStats | undefined;
  protected readonly validator: Validator;
  protected readonly options: TlsOptions;
  /** Of all certificates that say nothing else. */
  protected readonly settings: ResolvedSettings;
  readonly #keyLog: KeyLog | undefined;
  /** As settings see it. */
  protected readonly side: Side;

  /** Throws ConfigError in Envoy's words. Without `world` nothing is counted: the configuration is only tried. */
  constructor(thread: TlsThread, options: TlsOptions, world: TlsWorld | undefined, side: Side) {
    this.thread = thread;
    this.side = side;
    this.options = options;
    this.stats = world?.stats;
    this.#keyLog = world?.keyLog;
    const contexts: SslContext[] = [];
    this.contexts = contexts;
    using undo = new DisposableStack();
    for (let i = 0; i < Math.max(1, options.certificates.length); i++)
      contexts.push(undo.use(new SslContext(thread.openSsl)));
    this.settings = resolveSettings(this.base, options, side);
    for (const context of contexts) context.configure(this.settings);
    this.validator = undo.use(createValidator(thread, options.validation, this.stats));
    const wanted = this.validator.prepare(contexts);
    // A client hears OpenSSL out on every server: what its key is for is looked at in any case.
    const verifyMode = side === 'client' && wanted === verifyModes.none ? verifyModes.peer : wanted;
    for (const context of contexts) {
      context.setVerifyMode(verifyMode);
      context.judgeCertificates();
      if (options.keyLog !== undefined) context.logKeys();
    }
    this.certificates = options.certificates.map((certificate, i) =>
      loadCertificate(thread.openSsl, contexts[i] as SslContext, certificate),
    );
    if (world?.setsGauges === true) this.#setExpirations();
    undo.move();
  }

  #setExpirations(): void {
    for (const { options, info } of this.certificates)
      this.stats?.setExpiration(options.name, Math.floor(info.expirationMs / 1000));
    for (const [name, authority] of this.validator.expirations)
      this.stats?.setExpiration(
        name,
        authority === undefined ? neverSeconds : Math.floor(authority.expirationMs / 1000),
      );
  }

  get base(): SslContext {
    return this.contexts[0] as SslContext;
  }

  /** What /certs shows of it. */
  get certificatesInUse(): CertificatesInUse {
    const { authorities, authorityPath: path } = this.validator;
    return {
      authorities: authorities.map((certificate) => ({ path, certificate })),
      presented: this.certificates.map((certificate, index) => ({
        path: certificate.options.pkcs12.length > 0 ? certificate.options.pkcs12Path : certificate.options.chainPath,
        certificate: certificate.info,
        ocspResponse: validityOf(this.ocspStaple(index)),
      })),
    };
  }

  /** What goes along with a certificate. A client sends none, so that Envoy does not even read what is configured. */
  protected ocspStaple(_index: number): OcspStaple | undefined {
    return undefined;
  }

  onHandshakeComplete(socket: TlsSocket): void {
    const { info, connection } = socket;
    info.local = this.certificates[socket.certificateIndex]?.info;
    if (info.sessionReused && info.peerCertificatePresented && this.validator.checks)
      info.validation = connection.verifyResult === 0 ? 'Validated' : 'Failed';
    const { stats } = this;
    if (stats === undefined) return;
    stats.handshake.inc();
    if (info.sessionReused) {
      stats.sessionReused.inc();
      if (this.side === 'client') this.#countAgain(stats, connection.verifyResult);
    }
    stats.countChoice('ciphers', info.cipherSuite);
    stats.countChoice('versions', info.tlsVersion);
    if (info.tlsGroup !== '') stats.countChoice('curves', info.tlsGroup);
    if (!info.peerCertificatePresented) stats.noCertificate.inc();
    else {
      const signature = this.signatureOf(socket);
      if (signature !== '') stats.countChoice('sigalgs', signature);
    }
  }

  /** Clients of BoringSSL verify the certificate of a resumed session anew: what was wrong with it still is, though accepted. */
  #countAgain(stats: TlsStats, verifyResult: number): void {
    if (verifyResult === refusedByUs) stats.failVerifySan.inc();
    else if (verifyResult === badCertificate) stats.failVerifyCertHash.inc();
    else if (verifyResult !== 0) stats.failVerifyError.inc();
  }

  /** By what the peer signed, in the handshake or when the session was made that it resumed; '' = unknown. */
  protected signatureOf({ connection, sessionSignature }: TlsSocket): string {
    return connection.isResumed ? sessionSignature : this.thread.names.signature(connection.peerSignature);
  }

  /** A handshake that came to no good end; which certificate would have been ours is known all the same. */
  onUnfinished({ info, certificateIndex }: TlsSocket): void {
    info.local ??= this.certificates[certificateIndex]?.info;
  }

  /** Whether peers may begin another handshake, up to TLS 1.2. */
  get allowsRenegotiation(): boolean {
    return false;
  }

  /** Undefined: it broke without a reason of OpenSSL's. */
  onFailure(failure: FailureReason | undefined): void {
    if (failure === undefined || this.stats === undefined) return;
    if (failure.certificateMissing) this.stats.failVerifyNoCert.inc();
    if (!failure.certificateMissing && !failure.verificationFailed) this.stats.connectionError.add(failure.count);
  }

  /** The peer's certificates are read here, once for all that is asked of them; of a resumed session nobody asks. */
  verifyPeer(socket: TlsSocket, verification: PeerVerification): PeerVerdict {
    const chain = verification.presented().map((der) => new TlsCertificateInfo(this.thread.openSsl, der));
    const [peer] = chain;
    if (peer === undefined) return refusedKey;
    // In this order in BoringSSL: only a server up to TLS 1.2 looks last at what a key is for.
    const keyIsFirst = this.side === 'client' || socket.connection.versionSoFar === tlsVersions.tls13;
    if (keyIsFirst && this.#refusesKey(socket, peer)) return refusedKey;
    if (!keyIsFirst) socket.connection.setGroups(curvesOfCertificates);
    const { info } = socket;
    info.peerChain = chain;
    const judgement = this.validator.verify(verification, peer, this.namesToMatch(socket));
    info.validation = judgement.status;
    info.peerIssuer = judgement.issuer;
    socket.validationError = judgement.detail;
    socket.validationFaults = judgement.faults;
    socket.plainAlert = judgement.alert;
    return judgement.accepts && !keyIsFirst && this.#refusesKey(socket, peer) ? refusedKey : judgement;
  }

  #refusesKey(socket: TlsSocket, { parts }: TlsCertificateInfo): boolean {
    // Of an old cipher, a server's key does not sign, but decrypts what the client made up.
    const { name } = this.thread.names.cipher(socket.connection.cipherSoFar);
    const signs = this.side !== 'client' || name.startsWith('TLS_') || name.startsWith('ECDHE-');
    socket.keyUsageIsWrong = !mayBeUsed(parts, signs ? digitalSignature : keyEncipherment);
    // Up to TLS 1.2 BoringSSL says nothing to a peer with such a key.
    if (socket.keyUsageIsWrong) socket.plainAlert = 0;
    return socket.keyUsageIsWrong;
  }

  /** Names that the peer's certificate must have one of, besides what is configured. */
  protected namesToMatch(_socket: TlsSocket): NamesToMatch {
    return noNamesToMatch;
  }

  onKeyLogLine({ callbacks }: TlsSocket, line: string): void {
    if (callbacks !== undefined) this.#keyLog?.write(line, callbacks.info);
  }

  onClientHello(_socket: TlsSocket): boolean {
    return true;
  }

  selectProtocol(_offered: Uint8Array): number {
    return -1;
  }

  onStatusRequest(_socket: TlsSocket): boolean | undefined {
    return undefined;
  }

  onNewSession(_socket: TlsSocket, _session: bigint): boolean {
    return false;
  }

  ticketKey(_name: Uint8Array, _writes: boolean): TicketKey | undefined {
    return undefined;
  }

  /** Connections that are there go on. */
  [Symbol.dispose](): void {
    for (const context of this.contexts) context[Symbol.dispose]();
    this.validator[Symbol.dispose]();
  }
}

/** Bits of RFC 5280, section 4.2.1.3. */
const digitalSignature = 0x80;
const keyEncipherment = 0x20;

/** Whether a certificate's key may be used so; it may when nothing is said of it. */
function mayBeUsed(parts: X509Parts, bit: number): boolean {
  const usage = keyUsageOf(parts);
  return usage === undefined || (usage & bit) !== 0;
}

function createValidator(
  { openSsl }: TlsThread,
  options: ValidationOptions | undefined,
  stats: TlsStats | undefined,
): Validator {
  if (options?.spiffe !== undefined) return new SpiffeValidator(openSsl, options, options.spiffe, stats);
  return new CertificateValidator(openSsl, options, stats);
}

function validityOf(staple: OcspStaple | undefined): CertificateInUse['ocspResponse'] {
  return staple === undefined ? undefined : { validFromMs: staple.thisUpdateMs, expirationMs: staple.nextUpdateMs };
}
