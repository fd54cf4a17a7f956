import type { Buffer } from '../../../sdk/buffer.ts';
import type { Dispatcher, Timer } from '../../../sdk/event.ts';
import type { TcpUpstreamCallbacks } from '../../../sdk/upstream.ts';
import type { TcpProxyStats } from './tcp-proxy-stats.ts';
import type { TcpUpstream } from './tcp-upstream.ts';

/** An upstream connection whose client has gone, until its last bytes are out (Envoy's TcpProxy::Drainer). */
export class UpstreamDrain implements TcpUpstreamCallbacks {
  readonly #upstream: TcpUpstream;
  readonly #stats: TcpProxyStats;
  readonly #idleTimer: Timer | undefined;

  /** Undefined idle timeout: it may take as long as it takes. */
  constructor(upstream: TcpUpstream, stats: TcpProxyStats, dispatcher: Dispatcher, idleTimeoutMs: number | undefined) {
    this.#upstream = upstream;
    this.#stats = stats;
    stats.upstreamFlushTotal.inc();
    stats.upstreamFlushActive.inc();
    upstream.addUpstreamCallbacks(this);
    if (idleTimeoutMs === undefined) return;
    const timer = dispatcher.createTimer(() => this.#onIdleTimeout());
    this.#idleTimer = timer;
    timer.enableTimer(idleTimeoutMs);
    upstream.addBytesSentCallback(() => timer.enableTimer(idleTimeoutMs));
  }

  /** As the kernel would with data for a socket that was closed. */
  onUpstreamData(data: Buffer): void {
    if (data.length === 0) return;
    data.drain(data.length);
    this.#upstream.close('NoFlush');
  }

  onEvent(): void {
    this.#idleTimer?.[Symbol.dispose]();
    this.#stats.upstreamFlushActive.dec();
  }

  onAboveWriteBufferHighWatermark(): void {}

  onBelowWriteBufferLowWatermark(): void {}

  #onIdleTimeout(): void {
    this.#stats.idleTimeout.inc();
    this.#upstream.close('NoFlush');
  }
}
