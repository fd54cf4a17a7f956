import type { ScaledTimeouts } from '../../../sdk/extension.ts';
import type { RouteEntry } from '../../../sdk/router.ts';
import type { ConnectionManagerConfig } from './connection-manager-config.ts';
import { NEVER } from './stream-deadlines.ts';

export type DueTime = 'idle' | 'request' | 'headers' | 'duration' | 'log';

/** When a stream has waited too long, for what (all monotonic milliseconds). */
export class StreamTimes {
  lastActivityMs: number;
  readonly #startMs: number;
  readonly #logIntervalMs: number;
  readonly #maxStreamDurationMs: number;
  readonly #scaled: ScaledTimeouts | undefined;
  #idleTimeoutMs: number;
  #requestDeadlineMs: number;
  #headersDeadlineMs: number;
  #durationDeadlineMs: number;
  #logDeadlineMs: number;

  constructor({ timeouts, accessLogOptions, scaledTimeouts }: ConnectionManagerConfig, nowMs: number) {
    this.#scaled = scaledTimeouts;
    this.lastActivityMs = nowMs;
    this.#startMs = nowMs;
    this.#idleTimeoutMs = timeouts.streamIdleMs;
    this.#requestDeadlineMs = deadline(nowMs, timeouts.requestMs);
    this.#headersDeadlineMs = deadline(nowMs, timeouts.requestHeadersMs);
    this.#maxStreamDurationMs = timeouts.maxStreamDurationMs;
    this.#durationDeadlineMs = deadline(nowMs, timeouts.maxStreamDurationMs);
    this.#logIntervalMs = accessLogOptions === undefined ? 0 : accessLogOptions.flushIntervalMs;
    this.#logDeadlineMs = deadline(nowMs, this.#logIntervalMs);
  }

  headersArrived(): void {
    this.#headersDeadlineMs = 0;
  }

  requestComplete(): void {
    this.#requestDeadlineMs = 0;
  }

  /**
   * A route may say otherwise than the connection manager.
   * @param grpcTimeoutMs what the client's `grpc-timeout` says.
   */
  onRoute(entry: RouteEntry, grpcTimeoutMs: number | undefined): void {
    if (entry.idleTimeoutMs !== undefined) this.#idleTimeoutMs = entry.idleTimeoutMs;
    const { grpcTimeoutHeaderMaxMs: maxMs, grpcTimeoutHeaderOffsetMs: offsetMs = 0 } = entry;
    if (grpcTimeoutMs === undefined || maxMs === undefined) {
      this.#durationDeadlineMs = deadline(this.#startMs, entry.maxStreamDurationMs ?? this.#maxStreamDurationMs);
      return;
    }
    const cappedMs = maxMs === 0 ? grpcTimeoutMs : Math.min(grpcTimeoutMs, maxMs);
    this.#durationDeadlineMs = this.#startMs + Math.max(0, cappedMs - offsetMs);
  }

  nextDeadlineMs(): number {
    let nextMs = this.#idleTimeoutMs > 0 ? this.#idleDeadlineMs() : NEVER;
    nextMs = earlier(nextMs, this.#requestDeadlineMs);
    nextMs = earlier(nextMs, this.#headersDeadlineMs);
    nextMs = earlier(nextMs, this.#durationDeadlineMs);
    return earlier(nextMs, this.#logDeadlineMs);
  }

  /** What is due first; it will not be due again, save what comes again and again. */
  due(nowMs: number): DueTime | undefined {
    if (isDue(this.#headersDeadlineMs, nowMs)) {
      this.#headersDeadlineMs = 0;
      return 'headers';
    }
    if (isDue(this.#requestDeadlineMs, nowMs)) {
      this.#requestDeadlineMs = 0;
      return 'request';
    }
    if (isDue(this.#durationDeadlineMs, nowMs)) {
      this.#durationDeadlineMs = 0;
      return 'duration';
    }
    if (this.#idleTimeoutMs > 0 && nowMs >= this.#idleDeadlineMs()) {
      this.#idleTimeoutMs = 0;
      return 'idle';
    }
    if (!isDue(this.#logDeadlineMs, nowMs)) return undefined;
    this.#logDeadlineMs = nowMs + this.#logIntervalMs;
    return 'log';
  }

  #idleDeadlineMs(): number {
    const timeoutMs = this.#scaled?.scale('http-stream-idle', this.#idleTimeoutMs) ?? this.#idleTimeoutMs;
    return this.lastActivityMs + timeoutMs;
  }
}

/** 0 = none: unlike Infinity it needs no number object in each stream. */
function deadline(fromMs: number, timeoutMs: number): number {
  return timeoutMs > 0 ? fromMs + timeoutMs : 0;
}

function earlier(nextMs: number, deadlineMs: number): number {
  return deadlineMs > 0 && deadlineMs < nextMs ? deadlineMs : nextMs;
}

function isDue(deadlineMs: number, nowMs: number): boolean {
  return deadlineMs > 0 && nowMs >= deadlineMs;
}
