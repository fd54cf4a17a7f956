import type { Dispatcher, Timer } from '../../../../sdk/event.ts';
import type { TransportSocket } from '../../../../sdk/network.ts';
import { PassthroughSocket } from '../../../common/network/passthrough-socket.ts';
import { readTcpInfo, type TcpInfo } from '../../../common/network/tcp-info.ts';
import type { TcpStats } from './stats.ts';

/** Counts what the kernel tells of the connection under another transport socket, or under plain bytes. */
export class TcpStatsSocket extends PassthroughSocket {
  readonly #stats: TcpStats;
  readonly #dispatcher: Dispatcher;
  readonly #updatePeriodMs: number | undefined;
  #timer: Timer | undefined = undefined;
  #last: TcpInfo | undefined = undefined;
  #isOver = false;

  /** @param updatePeriodMs undefined = at the connection's end alone */
  constructor(
    inner: TransportSocket | undefined,
    stats: TcpStats,
    dispatcher: Dispatcher,
    updatePeriodMs: number | undefined,
  ) {
    super(inner);
    this.#stats = stats;
    this.#dispatcher = dispatcher;
    this.#updatePeriodMs = updatePeriodMs;
  }

  override onConnected(): void {
    const period = this.#updatePeriodMs;
    if (period !== undefined && this.#timer === undefined) {
      this.#timer = this.#dispatcher.createTimer(() => {
        this.#record();
        this.#timer?.enableTimer(period);
      });
      this.#timer.enableTimer(period);
    }
    super.onConnected();
  }

  override close(): void {
    this.#finish();
    super.close();
  }

  override [Symbol.dispose](): void {
    this.#finish();
    super[Symbol.dispose]();
  }

  #record(): void {
    const bytes = this.callbacks?.tcpInfo();
    const info = bytes && readTcpInfo(bytes);
    if (info === undefined) return;
    this.#stats.record(info, this.#last);
    this.#last = info;
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#record();
    if (this.#last !== undefined) this.#stats.forget(this.#last);
    this.#timer?.[Symbol.dispose]();
  }
}
