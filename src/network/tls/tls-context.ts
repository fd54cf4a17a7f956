import type { CertificateInUse, CertificatesInUse } from '../../../sdk/extension.ts';
import type { PeerVerdict, PeerVerification, TicketKey } from '../../native/openssl/handshake-events.ts';
import { SslContext } from '../../native/openssl/ssl-context.ts';
import { CertificateValidator, type NamesToMatch, noNamesToMatch } from './certificate-validator.ts';
import { setCiphersAndGroups } from './ciphers-and-groups.ts';
import type { FailureReason } from './failure-reason.ts';
import type { KeyLog } from './key-log.ts';
import { type LoadedCertificate, loadCertificate } from './load-certificate.ts';
import type { OcspStaple } from './ocsp-staple.ts';
import type { TlsOptions } from './tls-options.ts';
import type { TlsSocket } from './tls-socket.ts';
import type { TlsStats } from './tls-stats.ts';
import type { TlsThread } from './tls-thread.ts';

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

const neverSeconds = Number.MAX_SAFE_INTEGER;

/** What connections of one TLS configuration share on a thread (Envoy's ContextImpl). */
export abstract class TlsContext implements Disposable {
  readonly thread: TlsThread;
  /** One for each certificate, or one without any. Connections begin with the first. */
  readonly contexts: readonly SslContext[];
  readonly certificates: readonly LoadedCertificate[];
  protected readonly stats: TlsStats | undefined;
  protected readonly validator: CertificateValidator;
  protected readonly options: TlsOptions;
  readonly #keyLog: KeyLog | undefined;

  /** Throws ConfigError in Envoy's words. Without `world` nothing is counted: the configuration is only tried. */
  constructor(thread: TlsThread, options: TlsOptions, world: TlsWorld | undefined, role: 'server' | 'client') {
    this.thread = thread;
    this.options = options;
    this.stats = world?.stats;
    this.#keyLog = world?.keyLog;
    const contexts: SslContext[] = [];
    this.contexts = contexts;
    using undo = new DisposableStack();
    for (let i = 0; i < Math.max(1, options.certificates.length); i++) {
      const context = undo.use(new SslContext(thread.openSsl));
      context.setVersions(options.minVersion, options.maxVersion);
      setCiphersAndGroups(context, options, role);
      contexts.push(context);
    }
    this.validator = new CertificateValidator(thread.openSsl, options.validation, this.stats);
    const verifyMode = this.validator.prepare(contexts);
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
    const { validation } = this.options;
    for (const { options, info } of this.certificates)
      this.stats?.setExpiration(options.name, Math.floor(info.expirationMs / 1000));
    if (validation === undefined) return;
    const { authority } = this.validator;
    // Of no certificate at all it is never, in Envoy's number for that.
    const seconds = authority === undefined ? neverSeconds : Math.floor(authority.expirationMs / 1000);
    this.stats?.setExpiration(validation.name, seconds);
  }

  get base(): SslContext {
    return this.contexts[0] as SslContext;
  }

  /** What /certs shows of it. */
  get certificatesInUse(): CertificatesInUse {
    const { authority } = this.validator;
    const path = this.options.validation?.trustedCaPath ?? '';
    return {
      authority: authority === undefined ? undefined : { path, certificate: authority },
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
    if (info.sessionReused) stats.sessionReused.inc();
    stats.countChoice('ciphers', info.cipherSuite);
    stats.countChoice('versions', info.tlsVersion);
    if (info.tlsGroup !== '') stats.countChoice('curves', info.tlsGroup);
    if (!info.peerCertificatePresented) stats.noCertificate.inc();
    else if (!info.sessionReused) this.#countSignature(socket);
  }

  #countSignature({ connection }: TlsSocket): void {
    const name = this.thread.names.signature(connection.peerSignature);
    if (name !== '') this.stats?.countChoice('sigalgs', name);
  }

  /** A handshake that came to no good end; which certificate would have been ours is known all the same. */
  onUnfinished({ info, certificateIndex }: TlsSocket): void {
    info.local ??= this.certificates[certificateIndex]?.info;
  }

  /** Undefined: it broke without a reason of OpenSSL's. */
  onFailure(failure: FailureReason | undefined): void {
    if (failure === undefined || this.stats === undefined) return;
    if (failure.certificateMissing) this.stats.failVerifyNoCert.inc();
    if (!failure.certificateMissing && !failure.verificationFailed) this.stats.connectionError.inc();
  }

  verifyPeer(socket: TlsSocket, verification: PeerVerification): PeerVerdict {
    const judgement = this.validator.verify(verification, this.namesToMatch(socket));
    socket.info.validation = judgement.status;
    socket.info.peerIssuer = judgement.issuer;
    socket.validationError = judgement.detail;
    return judgement;
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
  }
}

function validityOf(staple: OcspStaple | undefined): CertificateInUse['ocspResponse'] {
  return staple === undefined ? undefined : { validFromMs: staple.thisUpdateMs, expirationMs: staple.nextUpdateMs };
}
