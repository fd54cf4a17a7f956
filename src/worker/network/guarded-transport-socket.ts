import type { Buffer } from '../../../sdk/buffer.ts';
import type { SslInfo, TransportSocket, TransportSocketCallbacks } from '../../../sdk/network.ts';
import type { SystemError } from '../../../sdk/system-error.ts';

/** A transport socket whose faults go to its connection: it may be an extension from outside. */
export class GuardedTransportSocket implements TransportSocket {
  readonly #inner: TransportSocket;
  readonly #onFault: (error: unknown) => void;

  constructor(inner: TransportSocket, onFault: (error: unknown) => void) {
    this.#inner = inner;
    this.#onFault = onFault;
  }

  get protocol(): string {
    return this.#inner.protocol;
  }

  get failureReason(): string {
    return this.#inner.failureReason;
  }

  get ssl(): SslInfo | undefined {
    return this.#inner.ssl;
  }

  start(callbacks: TransportSocketCallbacks): void {
    try {
      this.#inner.start(callbacks);
    } catch (error) {
      this.#onFault(error);
    }
  }

  onConnected(): void {
    try {
      this.#inner.onConnected();
    } catch (error) {
      this.#onFault(error);
    }
  }

  onReceived(bytes: Buffer): void {
    try {
      this.#inner.onReceived(bytes);
    } catch (error) {
      this.#onFault(error);
    }
  }

  write(plaintext: Buffer, endStream: boolean): void {
    try {
      this.#inner.write(plaintext, endStream);
    } catch (error) {
      this.#onFault(error);
    }
  }

  onPeerClosed(): void {
    try {
      this.#inner.onPeerClosed();
    } catch (error) {
      this.#onFault(error);
    }
  }

  onBroken(error: SystemError): void {
    try {
      this.#inner.onBroken?.(error);
    } catch (fault) {
      this.#onFault(fault);
    }
  }

  close(): void {
    try {
      this.#inner.close?.();
    } catch (error) {
      this.#onFault(error);
    }
  }

  [Symbol.dispose](): void {
    try {
      this.#inner[Symbol.dispose]();
    } catch (error) {
      this.#onFault(error);
    }
  }
}
