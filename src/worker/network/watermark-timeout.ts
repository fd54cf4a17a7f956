import type { Timer } from '../../../sdk/event.ts';
import type { Connection, ConnectionCallbacks, ConnectionEvent } from '../../../sdk/network.ts';

/** Closes a connection whose peer takes so little that more than its limit waits for it for too long. */
export class WatermarkTimeout implements ConnectionCallbacks {
  readonly #connection: Connection;
  readonly #timeoutMs: number;
  #timer: Timer | undefined = undefined;

  private constructor(connection: Connection, timeoutMs: number) {
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
  }

  /** @param timeoutMs 0 = as long as it takes */
  static watch(connection: Connection, timeoutMs: number): void {
    if (timeoutMs > 0) connection.addConnectionCallbacks(new WatermarkTimeout(connection, timeoutMs));
  }

  onEvent(event: ConnectionEvent): void {
    if (event === 'RemoteClose' || event === 'LocalClose') this.#timer?.[Symbol.dispose]();
  }

  onAboveWriteBufferHighWatermark(): void {
    this.#timer ??= this.#connection.dispatcher.createTimer(() => {
      this.#connection.close('NoFlush', 'buffer_high_watermark_timeout_reached');
    });
    this.#timer.enableTimer(this.#timeoutMs);
  }

  onBelowWriteBufferLowWatermark(): void {
    this.#timer?.disableTimer();
  }
}
