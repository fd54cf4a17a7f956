import type { Dispatcher } from '../../../sdk/event.ts';
import type { Connection } from '../../../sdk/network.ts';
import { wellKnownText } from '../../common/stream-info/filter-state-factories.ts';
import { DeadlineTimer, NEVER } from '../deadline-timer.ts';
import type { TcpUpstream } from './tcp-upstream.ts';

/** Another filter's choice, in milliseconds, by Envoy's name of the filter state. */
const perConnectionTimeout = 'envoy.tcp_proxy.per_connection_idle_timeout_ms';

/** One for all connections: to look at their own dispatchers costs a look at one more object each time. */
export type IdleClock = Pick<Dispatcher, 'approximateMonotonicTimeMs'>;

/** Runs out when neither side has sent or received anything for a while, be there an upstream or not. */
export class IdleTimeout implements Disposable {
  readonly #clock: IdleClock;
  #activeMs = 0;
  readonly #downstream: Connection;
  readonly #deadline: DeadlineTimer;
  readonly #timeoutMs: number;
  readonly #onTimeout: () => void;

  private constructor(downstream: Connection, timeoutMs: number, clock: IdleClock, onTimeout: () => void) {
    this.#clock = clock;
    this.#downstream = downstream;
    this.#timeoutMs = timeoutMs;
    this.#onTimeout = onTimeout;
    this.#deadline = new DeadlineTimer(downstream.dispatcher, (nowMs) => this.#check(nowMs));
    this.reset();
    this.#deadline.arm(this.#activeMs + timeoutMs);
  }

  /** Undefined when there is no such timeout. */
  static start(
    configuredMs: number | undefined,
    downstream: Connection,
    clock: IdleClock,
    onTimeout: () => void,
  ): IdleTimeout | undefined {
    const override = wellKnownText(downstream.streamInfo.filterState, perConnectionTimeout);
    const timeoutMs = override === undefined ? configuredMs : Number(override);
    if (timeoutMs === undefined || !(timeoutMs > 0)) return undefined;
    return new IdleTimeout(downstream, timeoutMs, clock, onTimeout);
  }

  /** The upstream is there: what either side's kernel takes counts as well from now on. */
  watch(upstream: Pick<TcpUpstream, 'addBytesSentCallback'>): void {
    const reset = (): void => this.reset();
    this.reset();
    this.#downstream.addBytesSentCallback(reset);
    upstream.addBytesSentCallback(reset);
  }

  reset(): void {
    this.#activeMs = this.#clock.approximateMonotonicTimeMs();
  }

  [Symbol.dispose](): void {
    this.#deadline[Symbol.dispose]();
  }

  #check(nowMs: number): number {
    const dueMs = this.#activeMs + this.#timeoutMs;
    if (nowMs < dueMs) return dueMs;
    this.#onTimeout();
    return NEVER;
  }
}
