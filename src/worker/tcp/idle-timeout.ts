import type { Timer } from '../../../sdk/event.ts';
import type { Connection } from '../../../sdk/network.ts';
import { wellKnownText } from '../../common/stream-info/filter-state-factories.ts';
import type { TcpUpstream } from './tcp-upstream.ts';

/** Another filter's choice, in milliseconds, by Envoy's name of the filter state. */
const perConnectionTimeout = 'envoy.tcp_proxy.per_connection_idle_timeout_ms';

/** Runs out when neither side has sent or received anything for a while, be there an upstream or not. */
export class IdleTimeout implements Disposable {
  readonly #downstream: Connection;
  readonly #timer: Timer;
  readonly #timeoutMs: number;

  private constructor(downstream: Connection, timeoutMs: number, onTimeout: () => void) {
    this.#downstream = downstream;
    this.#timer = downstream.dispatcher.createTimer(onTimeout);
    this.#timeoutMs = timeoutMs;
    this.#timer.enableTimer(timeoutMs);
  }

  /** Undefined when there is no such timeout. */
  static start(
    configuredMs: number | undefined,
    downstream: Connection,
    onTimeout: () => void,
  ): IdleTimeout | undefined {
    const override = wellKnownText(downstream.streamInfo.filterState, perConnectionTimeout);
    const timeoutMs = override === undefined ? configuredMs : Number(override);
    if (timeoutMs === undefined || !(timeoutMs > 0)) return undefined;
    return new IdleTimeout(downstream, timeoutMs, onTimeout);
  }

  /** The upstream is there: what either side's kernel takes counts as well from now on. */
  watch(upstream: Pick<TcpUpstream, 'addBytesSentCallback'>): void {
    const reset = (): void => this.reset();
    this.reset();
    this.#downstream.addBytesSentCallback(reset);
    upstream.addBytesSentCallback(reset);
  }

  reset(): void {
    if (this.#timer.enabled) this.#timer.enableTimer(this.#timeoutMs);
  }

  [Symbol.dispose](): void {
    this.#timer.disableTimer();
  }
}
