import type { Buffer } from '../../../sdk/buffer.ts';
import type { SslInfo, TransportSocket, TransportSocketCallbacks } from '../../../sdk/network.ts';
import type { SystemError } from '../../../sdk/system-error.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import type { HandshakeEvents, PeerVerdict, TicketKey } from '../../native/openssl/handshake-events.ts';
import type { PeerVerification } from '../../native/openssl/peer-verification.ts';
import { outcomes, SslConnection } from '../../native/openssl/ssl-connection.ts';
import { wireBytes } from '../../native/openssl/wire.ts';
import type { RequiredExtension } from './client-hello.ts';
import {
  describeFailure,
  describeSystemError,
  type FailureReason,
  isAfterVersion,
  renegotiationFailure,
} from './failure-reason.ts';
import type { TlsContext } from './tls-context.ts';
import { TlsInfo } from './tls-info.ts';
import { tlsVersions } from './tls-options.ts';
import type { TlsThread } from './tls-thread.ts';

/** `sent` = we have sent close_notify; the peer may go on. */
type State = 'handshake' | 'open' | 'sent' | 'failed' | 'closed';

/** What a run through received bytes came to; told once OpenSSL is done with all of them. */
type Result = 'goesOn' | 'ended' | 'failed';

/**
 * TLS of one connection, on either side. All that was received is put through OpenSSL before anything of it is told, since
 * the memory for that is the thread's and whoever is told may write to another connection.
 */
export class TlsSocket implements TransportSocket, HandshakeEvents {
  readonly info: TlsInfo = new TlsInfo();
  readonly connection: SslConnection;
  failureReason = '';
  /** Of a certificate that was refused: why. */
  validationError = '';
  /** What its signature's check came to before that. */
  validationFaults: readonly string[] | undefined = undefined;
  /** Of a certificate that was refused: what the peer is told instead of OpenSSL's word, up to TLS 1.2; 0 = nothing. */
  plainAlert: number | undefined = undefined;
  /** The peer's certificate was refused for what its key may not do. */
  keyUsageIsWrong = false;
  /** Of the session that is to be resumed: by what the server signed when it was made. */
  sessionSignature = '';
  /** Which of the context's certificates we present. */
  certificateIndex = 0;
  /** What the client, of TLS 1.3, should have sent and has not. */
  lack: RequiredExtension | undefined = undefined;
  /** The client, of TLS 1.2 or before, cannot compute with the curve of our certificate. */
  wrongCurve = false;
  readonly #context: TlsContext;
  readonly #thread: TlsThread;
  readonly #role: 'server' | 'client';
  #callbacks: TransportSocketCallbacks | undefined = undefined;
  #state: State = 'handshake';

  constructor(context: TlsContext, role: 'server' | 'client') {
    this.#context = context;
    this.#role = role;
    this.#thread = context.thread;
    this.connection = new SslConnection(context.thread.openSsl, context.base, role, this);
  }

  get protocol(): string {
    return this.info.alpn;
  }

  get ssl(): SslInfo {
    return this.info;
  }

  get callbacks(): TransportSocketCallbacks | undefined {
    return this.#callbacks;
  }

  start(callbacks: TransportSocketCallbacks): void {
    this.#callbacks = callbacks;
  }

  /** A client begins. */
  onConnected(): void {
    if (this.#state !== 'handshake') return;
    const { wire } = this.#thread.openSsl;
    wire.offer(0);
    const result = this.#handshake();
    this.#report(result, false);
  }

  onReceived(bytes: Buffer): void {
    const { wire } = this.#thread.openSsl;
    while (bytes.length > 0 && !this.#isOver()) {
      const taken = Math.min(bytes.length, wireBytes);
      copyOut(bytes, wire.received, taken);
      wire.offer(taken);
      const isHandshake = this.#state === 'handshake';
      const result = isHandshake ? this.#handshake() : this.#read();
      // What came along with the end of the handshake is read once that has been told: it may break the connection.
      bytes.drain(isHandshake && this.#isOpen() ? taken - wire.unread : taken);
      wire.offer(0);
      this.#report(result, isHandshake);
    }
  }

  write(plaintext: Buffer, endStream: boolean): void {
    if (this.#state !== 'open') {
      plaintext.drain(plaintext.length);
      return;
    }
    const { wire } = this.#thread.openSsl;
    while (plaintext.length > 0) {
      const taken = Math.min(plaintext.length, wireBytes);
      copyOut(plaintext, wire.plaintext, taken);
      plaintext.drain(taken);
      if (this.connection.write(taken)) continue;
      plaintext.drain(plaintext.length);
      this.#noteFailure();
      this.#flush();
      this.#callbacks?.onFailure();
      return;
    }
    if (endStream) this.#shutdown();
    this.#flush();
  }

  onPeerClosed(): void {
    if (this.#state !== 'handshake') return;
    this.#noteUnfinished();
    // Without a reason, as in Envoy: the peer went away, TLS did not break.
    this.#state = 'failed';
    this.#callbacks?.onFailure();
  }

  /** Told as BoringSSL tells it; it is not counted among the errors of TLS. */
  onBroken(error: SystemError): void {
    if (this.#isOver()) return;
    this.#noteUnfinished();
    this.#state = 'failed';
    this.failureReason = describeSystemError(error);
  }

  /** The connection is closed by us: says so to the peer. */
  close(): void {
    this.#noteUnfinished();
    if (this.#state !== 'open') return;
    this.#shutdown();
    this.#flush();
  }

  [Symbol.dispose](): void {
    if (this.#state === 'closed') return;
    this.#noteUnfinished();
    this.#state = 'closed';
    this.connection[Symbol.dispose]();
  }

  // HandshakeEvents: the context knows.

  onClientHello(): boolean {
    return this.#context.onClientHello(this);
  }

  onVerify(verification: PeerVerification): PeerVerdict {
    return this.#context.verifyPeer(this, verification);
  }

  onSelectProtocol(offered: Uint8Array): number {
    return this.#context.selectProtocol(offered);
  }

  onStatusRequest(): boolean | undefined {
    return this.#context.onStatusRequest(this);
  }

  onNewSession(session: bigint): boolean {
    return this.#context.onNewSession(this, session);
  }

  onKeyLogLine(line: string): void {
    this.#context.onKeyLogLine(this, line);
  }

  onTicketKey(name: Uint8Array, writes: boolean): TicketKey | undefined {
    return this.#context.ticketKey(name, writes);
  }

  // Through OpenSSL. Nothing is told to anyone here.

  #handshake(): Result {
    const outcome = this.connection.handshake();
    if (outcome === 1) {
      this.#state = 'open';
      this.info.capture(this.#thread, this.connection);
      this.#context.onHandshakeComplete(this);
      return 'goesOn';
    }
    return outcome === outcomes.wantsMore ? 'goesOn' : this.#noteFailure();
  }

  #read(): Result {
    const { wire } = this.#thread.openSsl;
    const { plaintext } = this.#thread;
    const sentBefore = wire.outputLength;
    for (;;) {
      const bytes = this.connection.read();
      if (bytes > 0) plaintext.addCopy(wire.plaintext, 0, bytes);
      else if (bytes === outcomes.ended) return 'ended';
      else if (bytes !== outcomes.wantsMore) return this.#noteFailure();
      // A record is never kept back: when all input is used, all plaintext is here.
      if (bytes === outcomes.wantsMore || (wire.unread === 0 && bytes < wireBytes))
        return wire.outputLength > sentBefore && this.#wasRenegotiated() ? this.#fail(renegotiationFailure) : 'goesOn';
    }
  }

  /** Of what is read before TLS 1.3, OpenSSL answers nothing but that, with `no_renegotiation`. */
  #wasRenegotiated(): boolean {
    return !this.#context.allowsRenegotiation && this.connection.version < tlsVersions.tls13;
  }

  /** Someone goes in the middle of the handshake: what had been agreed on until then. */
  #noteUnfinished(): void {
    if (this.#state !== 'handshake') return;
    this.info.captureBroken(this.#thread, this.connection, this.connection.versionSoFar, true);
    this.#context.onUnfinished(this);
  }

  #noteFailure(): 'failed' {
    const { connection } = this;
    const errors = this.#thread.openSsl.takeErrors();
    const isHandshake = this.#state === 'handshake';
    const soFar = isHandshake ? connection.versionSoFar : 0;
    // Without a cipher OpenSSL does not tell that it has agreed on TLS 1.3; of a server the fault may.
    const version =
      soFar === 0 && isHandshake && this.#role === 'server' && isAfterVersion(errors) ? connection.version : soFar;
    if (this.plainAlert !== undefined && version < tlsVersions.tls13)
      this.#thread.openSsl.wire.replaceAlert(this.plainAlert);
    const failure = describeFailure(errors, {
      detail: this.validationError,
      faults: this.validationFaults,
      isHandshake,
      awaitsHello: this.#role === 'server' && isHandshake && connection.cipherSoFar === 0n,
      version,
      awaitsServerHello: this.#role === 'client' && isHandshake && connection.cipherSoFar === 0n,
      wrongCurve: this.wrongCurve,
      lack: this.lack,
      keyUsageIsWrong: this.keyUsageIsWrong,
    });
    if (isHandshake && failure?.chosen !== 'nothing')
      this.info.captureBroken(this.#thread, connection, version, failure?.chosen === 'version and cipher');
    this.#context.onUnfinished(this);
    return this.#fail(failure);
  }

  #fail(failure: FailureReason | undefined): 'failed' {
    this.#state = 'failed';
    if (failure !== undefined) this.failureReason = failure.text;
    this.#context.onFailure(failure);
    return 'failed';
  }

  #shutdown(): void {
    this.#state = 'sent';
    this.connection.shutdown();
  }

  // To whoever listens.

  #report(result: Result, wasHandshake: boolean): void {
    const { plaintext } = this.#thread;
    const received = plaintext.length;
    this.#flush();
    if (wasHandshake && this.#state !== 'handshake' && this.#state !== 'failed') this.#callbacks?.onHandshakeComplete();
    if (received > 0 && !this.#isClosed()) this.#callbacks?.onPlaintext(plaintext, false);
    if (plaintext.length > 0) plaintext.drain(plaintext.length);
    if (this.#isClosed()) return;
    if (result === 'ended') this.#callbacks?.onPlaintext(plaintext, true);
    else if (result === 'failed') this.#callbacks?.onFailure();
  }

  #flush(): void {
    const { wire } = this.#thread.openSsl;
    if (wire.outputLength === 0) return;
    const { ciphertext } = this.#thread;
    this.#thread.takeOutput();
    this.#callbacks?.onSend(ciphertext, false);
    if (ciphertext.length > 0) ciphertext.drain(ciphertext.length);
  }

  #isOpen(): boolean {
    return this.#state === 'open';
  }

  #isOver(): boolean {
    return this.#state === 'closed' || this.#state === 'failed';
  }

  #isClosed(): boolean {
    return this.#state === 'closed';
  }
}

/** The first bytes of a buffer into native memory. */
function copyOut(from: Buffer, target: Uint8Array, bytes: number): void {
  if (from instanceof SliceBuffer) from.copyTo(target, bytes);
  else from.copyOut(0, target.subarray(0, bytes));
}
