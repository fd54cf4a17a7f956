import type { ConnectionState, ConnectionStats } from '../../../sdk/network.ts';

/** Counts a connection's bytes for its log, its statistics and those who asked to be told of sent bytes. */
export class ConnectionMeter {
  readonly #totals: { bytesReceived: number; bytesSent: number };
  #stats: ConnectionStats | undefined = undefined;
  /** Bytes that came while nobody was to be given any. */
  #held = 0;
  /** What the statistics hold as read and not taken, and as waiting to be written. */
  #readBuffered = 0;
  #writeBuffered = 0;
  /** Bytes that were written and that the socket may still hold. */
  #unsent = 0;
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

  /** Envoy leaves such bytes in the socket: they count when they are read at last. */
  hold(bytes: number): void {
    this.#held += bytes;
  }

  noteHeld(buffered: number): void {
    if (this.#held === 0) return;
    const bytes = this.#held;
    this.#held = 0;
    this.noteReceived(bytes, buffered);
  }

  /** Bytes have been handed to the socket, or to the transport socket: what it makes of them is not counted. */
  noteWritten(bytes: number): void {
    this.#unsent += bytes;
  }

  /**
   * The socket has `socketPending` bytes left, and `waiting` wait before it. Those who asked are told of the difference,
   * until one of them closes the connection. A transport socket's bytes are more than those that were written: none of
   * these counts as sent too early, and all do when the socket is empty.
   */
  notePending(socketPending: number, waiting: number, connection: { readonly state: ConnectionState }): void {
    const left = Math.min(this.#unsent, socketPending);
    const sent = this.#unsent - left;
    this.#unsent = left;
    if (sent > 0) this.#totals.bytesSent += sent;
    const stats = this.#stats;
    if (stats !== undefined) {
      if (sent > 0) stats.writeTotal.add(sent);
      const buffered = left + waiting;
      if (buffered !== this.#writeBuffered) {
        stats.writeCurrent.add(buffered - this.#writeBuffered);
        this.#writeBuffered = buffered;
      }
    }
    const callbacks = this.#callbacks;
    if (sent <= 0 || callbacks === undefined) return;
    for (let i = 0; i < callbacks.length && connection.state !== 'Closed'; i++) callbacks[i]?.(sent);
  }

  /** The end: gauges give back what is this connection's; the last bytes may have gone out unnoticed. */
  finish(socketPending: number): void {
    const sent = this.#unsent - Math.min(this.#unsent, socketPending);
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
