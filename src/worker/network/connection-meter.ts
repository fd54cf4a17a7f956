import type { ConnectionState, ConnectionStats } from '../../../sdk/network.ts';

/** Counts a connection's bytes for its log, its statistics and those who asked to be told of sent bytes. */
export class ConnectionMeter {
  readonly #totals: { bytesReceived: number; bytesSent: number };
  #stats: ConnectionStats | undefined = undefined;
  /** What the statistics hold as read and not taken, and as waiting to be written. */
  #readBuffered = 0;
  #writeBuffered = 0;
  /** The socket's pending bytes when it was last looked at. */
  #socketPending = 0;
  #callbacks: ((bytes: number) => void)[] | undefined = undefined;

  constructor(totals: { bytesReceived: number; bytesSent: number }) {
    this.#totals = totals;
  }

  setStats(stats: ConnectionStats): void {
    this.#stats = stats;
  }

  addBytesSentCallback(callback: (bytes: number) => void): void {
    this.#callbacks ??= [];
    this.#callbacks.push(callback);
  }

  noteBindError(): void {
    this.#stats?.bindErrors?.inc();
  }

  noteDelayedCloseTimeout(): void {
    this.#stats?.delayedCloseTimeouts?.inc();
  }

  /** `buffered` is what waits to be read, these bytes among it: Envoy looks at it here, not when it has been read. */
  noteReceived(bytes: number, buffered: number): void {
    this.#totals.bytesReceived += bytes;
    const stats = this.#stats;
    if (stats === undefined) return;
    stats.readTotal.add(bytes);
    if (buffered === this.#readBuffered) return;
    stats.readCurrent.add(buffered - this.#readBuffered);
    this.#readBuffered = buffered;
  }

  /** Bytes have been handed to the socket. */
  noteWritten(bytes: number): void {
    this.#socketPending += bytes;
  }

  /**
   * The socket has `socketPending` bytes left, and `waiting` wait in all. Those who asked are told of the difference,
   * until one of them closes the connection.
   */
  notePending(socketPending: number, waiting: number, connection: { readonly state: ConnectionState }): void {
    const sent = this.#socketPending - socketPending;
    this.#socketPending = socketPending;
    if (sent > 0) this.#totals.bytesSent += sent;
    const stats = this.#stats;
    if (stats !== undefined) {
      if (sent > 0) stats.writeTotal.add(sent);
      if (waiting !== this.#writeBuffered) {
        stats.writeCurrent.add(waiting - this.#writeBuffered);
        this.#writeBuffered = waiting;
      }
    }
    const callbacks = this.#callbacks;
    if (sent <= 0 || callbacks === undefined) return;
    for (let i = 0; i < callbacks.length && connection.state !== 'Closed'; i++) callbacks[i]?.(sent);
  }

  /** The end: gauges give back what is this connection's; the last bytes may have gone out unnoticed. */
  finish(socketPending: number): void {
    const sent = Math.max(0, this.#socketPending - socketPending);
    this.#totals.bytesSent += sent;
    const stats = this.#stats;
    if (stats === undefined) return;
    this.#stats = undefined;
    if (sent > 0) stats.writeTotal.add(sent);
    // A gauge that never rose stays one that was not used.
    if (this.#readBuffered > 0) stats.readCurrent.sub(this.#readBuffered);
    if (this.#writeBuffered > 0) stats.writeCurrent.sub(this.#writeBuffered);
  }
}
