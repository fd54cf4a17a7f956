import type { Buffer } from '../../../sdk/buffer.ts';
import type { SslInfo, TransportSocket, TransportSocketCallbacks } from '../../../sdk/network.ts';
import type { SystemError } from '../../../sdk/system-error.ts';

/** What wraps another transport socket, or plain bytes, and adds to it (Envoy's PassthroughSocket). */
export class PassthroughSocket implements TransportSocket {
  protected readonly inner: TransportSocket | undefined;
  protected callbacks: TransportSocketCallbacks | undefined = undefined;

  constructor(inner: TransportSocket | undefined) {
    this.inner = inner;
  }

  get protocol(): string {
    return this.inner?.protocol ?? '';
  }

  get failureReason(): string {
    return this.inner?.failureReason ?? '';
  }

  get ssl(): SslInfo | undefined {
    return this.inner?.ssl;
  }

  start(callbacks: TransportSocketCallbacks): void {
    this.callbacks = callbacks;
    this.inner?.start(callbacks);
  }

  onConnected(): void {
    if (this.inner === undefined) this.callbacks?.onHandshakeComplete();
    else this.inner.onConnected();
  }

  onReceived(bytes: Buffer): void {
    if (this.inner === undefined) this.callbacks?.onPlaintext(bytes, false);
    else this.inner.onReceived(bytes);
  }

  write(plaintext: Buffer, endStream: boolean): void {
    if (this.inner === undefined) this.callbacks?.onSend(plaintext, endStream);
    else this.inner.write(plaintext, endStream);
  }

  onPeerClosed(): void {
    this.inner?.onPeerClosed();
  }

  onBroken(error: SystemError): void {
    this.inner?.onBroken?.(error);
  }

  close(): void {
    this.inner?.close?.();
  }

  [Symbol.dispose](): void {
    this.inner?.[Symbol.dispose]();
    this.callbacks = undefined;
  }
}
