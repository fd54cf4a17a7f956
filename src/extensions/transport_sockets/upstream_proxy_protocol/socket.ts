import type { Buffer } from '../../../../sdk/buffer.ts';
import type { SslInfo, TransportSocket, TransportSocketCallbacks } from '../../../../sdk/network.ts';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';

/** Makes the header once the socket is connected. */
export type HeaderOf = (callbacks: TransportSocketCallbacks) => Uint8Array;

/** A PROXY header in front of what another transport socket says, or of plain bytes. */
export class UpstreamProxyProtocolSocket implements TransportSocket {
  readonly #inner: TransportSocket | undefined;
  readonly #headerOf: HeaderOf;
  #callbacks: TransportSocketCallbacks | undefined = undefined;

  constructor(inner: TransportSocket | undefined, headerOf: HeaderOf) {
    this.#inner = inner;
    this.#headerOf = headerOf;
  }

  get protocol(): string {
    return this.#inner?.protocol ?? '';
  }

  get failureReason(): string {
    return this.#inner?.failureReason ?? '';
  }

  get ssl(): SslInfo | undefined {
    return this.#inner?.ssl;
  }

  start(callbacks: TransportSocketCallbacks): void {
    this.#callbacks = callbacks;
    this.#inner?.start(callbacks);
  }

  onConnected(): void {
    const callbacks = this.#callbacks;
    if (callbacks === undefined) return;
    const header = new SliceBuffer();
    header.add(this.#headerOf(callbacks));
    callbacks.noteWritten(header.length);
    callbacks.onSend(header, false);
    if (this.#inner === undefined) callbacks.onHandshakeComplete();
    else this.#inner.onConnected();
  }

  onReceived(bytes: Buffer): void {
    if (this.#inner === undefined) this.#callbacks?.onPlaintext(bytes, false);
    else this.#inner.onReceived(bytes);
  }

  write(plaintext: Buffer, endStream: boolean): void {
    if (this.#inner === undefined) this.#callbacks?.onSend(plaintext, endStream);
    else this.#inner.write(plaintext, endStream);
  }

  onPeerClosed(): void {
    this.#inner?.onPeerClosed();
  }

  close(): void {
    this.#inner?.close?.();
  }

  [Symbol.dispose](): void {
    this.#inner?.[Symbol.dispose]();
    this.#callbacks = undefined;
  }
}
