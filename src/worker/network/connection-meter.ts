import type { ConnectionState, ConnectionStats } from '../../../sdk/network.ts';

/** A kernel that had nothing waiting takes so much without fail, or nearly. */
const assumedSentBytes = 16_384;

/**
 * Counts a connection's bytes for its log, its statistics and those who asked to be told of sent bytes. To the log, as in Envoy,
 * they are sent when they are written, to the others when the kernel takes them.
 */
export class ConnectionMeter {
  readonly #totals: { bytesReceived: number; bytesSent: number };
  #stats: ConnectionStats | undefined = undefined;
  /** Bytes that came while nobody was to be given any. */
  #held = 0;
  /** What the statistics hold as read and not taken, and as waiting to be written. */
  #readBuffered = 0;
  #writeBuffered = 0;
  /** Bytes that were written and do not count as sent yet. */
  #unsent = 0;
  /** At most so many of those that count were not seen to be sent. */
  #assumed = 0;
  /** Bytes that count as sent, of which those who asked have not been told; negative: told, and taken back. */
  #untold = 0;
  #callback: ((bytes: number) => void) | undefined = undefined;
  /** Hardly anybody has more than one. */
  #furtherCallbacks: ((bytes: number) => void)[] | undefined = undefined;

  constructor(totals: { bytesReceived: number; bytesSent: number }) {
    this.#totals = totals;
  }

  setStats(stats: ConnectionStats): void {
    this.#stats = stats;
  }

  addBytesSentCallback(callback: (bytes: number) => void): void {
    if (this.#callback === undefined) {
      this.#callback = callback;
      return;
    }
    this.#furtherCallbacks ??= [];
    this.#furtherCallbacks.push(callback);
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

  /** Somebody writes to the connection, be it that it cannot send yet and never will. */
  noteWrite(bytes: number): void {
    this.#totals.bytesSent += bytes;
  }

  /**
   * Bytes are handed to the socket, or to the transport socket: what it makes of them is not counted. A few of them, where none
   * wait, count as sent: the kernel takes them within this iteration of the loop, or `notePending` takes them back.
   */
  noteWritten(bytes: number): void {
    if (this.#unsent > 0 || bytes > assumedSentBytes) {
      this.#unsent += bytes;
      return;
    }
    this.#assumed += bytes;
    this.#countSent(bytes);
  }

  /** Written bytes wait to be counted, by `notePending`. */
  get waits(): boolean {
    return this.#unsent > 0;
  }

  /**
   * The socket has `socketPending` bytes left, and `waiting` wait before it. A transport socket's bytes are more than those that
   * were written: none of these counts as sent too early, and all do when the socket is empty.
   */
  notePending(socketPending: number, waiting: number): void {
    this.#settle(socketPending);
    const stats = this.#stats;
    const buffered = this.#unsent + waiting;
    if (stats === undefined || buffered === this.#writeBuffered) return;
    stats.writeCurrent.add(buffered - this.#writeBuffered);
    this.#writeBuffered = buffered;
  }

  /** Those who asked are told of bytes that were sent, until one of them closes the connection. */
  tellSent(connection: { readonly state: ConnectionState }): void {
    const callback = this.#callback;
    const sent = this.#untold;
    if (callback === undefined || sent <= 0) return;
    this.#untold = 0;
    if (connection.state !== 'Closed') callback(sent);
    const others = this.#furtherCallbacks;
    if (others === undefined) return;
    for (let i = 0; i < others.length && connection.state !== 'Closed'; i++) others[i]?.(sent);
  }

  /** The end: gauges give back what is this connection's; the last bytes may have gone out unnoticed. */
  finish(socketPending: number): void {
    this.#settle(socketPending);
    const stats = this.#stats;
    if (stats === undefined) return;
    this.#stats = undefined;
    // A gauge that never rose stays one that was not used.
    if (this.#readBuffered > 0) stats.readCurrent.sub(this.#readBuffered);
    if (this.#writeBuffered > 0) stats.writeCurrent.sub(this.#writeBuffered);
  }

  #settle(socketPending: number): void {
    const left = Math.min(this.#unsent + this.#assumed, socketPending);
    const sent = this.#unsent - left;
    this.#unsent = left;
    this.#assumed = 0;
    if (sent !== 0) this.#countSent(sent);
  }

  #countSent(bytes: number): void {
    this.#untold += bytes;
    this.#stats?.writeTotal.add(bytes);
  }
}
