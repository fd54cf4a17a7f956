import type { Timer } from '../../../sdk/event.ts';
import type { Connection } from '../../../sdk/network.ts';
import type { TcpUpstream } from './tcp-upstream.ts';

/** Another filter's choice, in milliseconds, by Envoy's name of the filter state. */
const perConnectionTimeout = 'envoy.tcp_proxy.per_connection_idle_timeout_ms';

/** Runs out when neither side has sent or received anything for a while. */
export class IdleTimeout implements Disposable {
  readonly #timer: Timer;
  readonly #timeoutMs: number;

  private constructor(timer: Timer, timeoutMs: number) {
    this.#timer = timer;
    this.#timeoutMs = timeoutMs;
    timer.enableTimer(timeoutMs);
  }

  /** Undefined when there is no such timeout. */
  static start(
    configuredMs: number | undefined,
    downstream: Connection,
    upstream: Pick<TcpUpstream, 'addBytesSentCallback'>,
    onTimeout: () => void,
  ): IdleTimeout | undefined {
    const override = downstream.streamInfo.filterState.get(perConnectionTimeout)?.serializeAsString?.();
    const timeoutMs = override === undefined ? configuredMs : Number(override);
    if (timeoutMs === undefined || !(timeoutMs > 0)) return undefined;
    const idle = new IdleTimeout(downstream.dispatcher.createTimer(onTimeout), timeoutMs);
    const reset = (): void => idle.reset();
    downstream.addBytesSentCallback(reset);
    upstream.addBytesSentCallback(reset);
    return idle;
  }

  reset(): void {
    if (this.#timer.enabled) this.#timer.enableTimer(this.#timeoutMs);
  }

  [Symbol.dispose](): void {
    this.#timer.disableTimer();
  }
}
