import type { RouteEntry } from '../../../sdk/router.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { NEVER } from '../deadline-timer.ts';
import type { ConnectionManagerConfig } from './connection-manager-config.ts';

export type DueTime = 'idle' | 'request' | 'headers' | 'duration' | 'log';

/** What of a request is still to come, as far as its own timeouts go: a response ends the wait for the rest. */
type Awaited = 'headers' | 'request' | 'nothing';

/**
 * When a stream has waited too long, for what (all monotonic milliseconds). Most times count from the stream's start: when
 * they are over is worked out when somebody asks, which few streams live to see.
 */
export class StreamTimes {
  lastActivityMs: number;
  readonly #config: ConnectionManagerConfig;
  readonly #streamInfo: StreamInfo;
  #awaited: Awaited = 'headers';
  #idleTimeoutMs: number;
  /** Of the whole stream; undefined = none. */
  #maxDurationMs: number | undefined;
  /** 0 = never. */
  #nextLogMs: number;

  constructor(config: ConnectionManagerConfig, streamInfo: StreamInfo) {
    const { timeouts, accessLogOptions } = config;
    this.#config = config;
    this.#streamInfo = streamInfo;
    this.lastActivityMs = streamInfo.startTimeMonotonicMs;
    this.#idleTimeoutMs = timeouts.streamIdleMs;
    this.#maxDurationMs = orNone(timeouts.maxStreamDurationMs);
    const flushIntervalMs = accessLogOptions === undefined ? 0 : accessLogOptions.flushIntervalMs;
    this.#nextLogMs = flushIntervalMs === 0 ? 0 : streamInfo.startTimeMonotonicMs + flushIntervalMs;
  }

  headersArrived(): void {
    if (this.#awaited === 'headers') this.#awaited = 'request';
  }

  requestComplete(): void {
    this.#awaited = 'nothing';
  }

  /**
   * A route may say otherwise than the connection manager: whether something may be due earlier now.
   * @param grpcTimeoutMs what the client's `grpc-timeout` says.
   */
  onRoute(entry: RouteEntry, grpcTimeoutMs: number | undefined): boolean {
    const { idleTimeoutMs, maxStreamDurationMs } = entry;
    if (idleTimeoutMs !== undefined) this.#idleTimeoutMs = idleTimeoutMs;
    this.#maxDurationMs = this.#durationOf(entry, grpcTimeoutMs);
    return idleTimeoutMs !== undefined || maxStreamDurationMs !== undefined || grpcTimeoutMs !== undefined;
  }

  #durationOf(entry: RouteEntry, grpcTimeoutMs: number | undefined): number | undefined {
    const { grpcTimeoutHeaderMaxMs: maxMs, grpcTimeoutHeaderOffsetMs: offsetMs = 0 } = entry;
    if (grpcTimeoutMs === undefined || maxMs === undefined) {
      return orNone(entry.maxStreamDurationMs ?? this.#config.timeouts.maxStreamDurationMs);
    }
    const cappedMs = maxMs === 0 ? grpcTimeoutMs : Math.min(grpcTimeoutMs, maxMs);
    return Math.max(0, cappedMs - offsetMs);
  }

  nextDeadlineMs(): number {
    const nextMs = Math.min(this.#headersDeadlineMs(), this.#requestDeadlineMs(), this.#durationDeadlineMs());
    return Math.min(nextMs, this.#idleDeadlineMs(), this.#nextLogMs === 0 ? NEVER : this.#nextLogMs);
  }

  /** What is due first; it will not be due again, save what comes again and again. */
  due(nowMs: number): DueTime | undefined {
    if (nowMs >= this.#headersDeadlineMs()) {
      this.#awaited = 'request';
      return 'headers';
    }
    if (nowMs >= this.#requestDeadlineMs()) {
      this.#awaited = 'nothing';
      return 'request';
    }
    if (nowMs >= this.#durationDeadlineMs()) {
      this.#maxDurationMs = undefined;
      return 'duration';
    }
    if (nowMs >= this.#idleDeadlineMs()) {
      this.#idleTimeoutMs = 0;
      return 'idle';
    }
    if (this.#nextLogMs === 0 || nowMs < this.#nextLogMs) return undefined;
    this.#nextLogMs = nowMs + (this.#config.accessLogOptions?.flushIntervalMs ?? 0);
    return 'log';
  }

  #headersDeadlineMs(): number {
    return this.#awaited === 'headers' ? this.#afterStart(this.#config.timeouts.requestHeadersMs) : NEVER;
  }

  #requestDeadlineMs(): number {
    return this.#awaited === 'nothing' ? NEVER : this.#afterStart(this.#config.timeouts.requestMs);
  }

  #durationDeadlineMs(): number {
    return this.#maxDurationMs === undefined ? NEVER : this.#streamInfo.startTimeMonotonicMs + this.#maxDurationMs;
  }

  #idleDeadlineMs(): number {
    if (this.#idleTimeoutMs <= 0) return NEVER;
    const scaledMs = this.#config.scaledTimeouts?.scale('http-stream-idle', this.#idleTimeoutMs);
    return this.lastActivityMs + (scaledMs ?? this.#idleTimeoutMs);
  }

  /** 0 = no timeout. */
  #afterStart(timeoutMs: number): number {
    return timeoutMs <= 0 ? NEVER : this.#streamInfo.startTimeMonotonicMs + timeoutMs;
  }
}

function orNone(timeoutMs: number): number | undefined {
  return timeoutMs <= 0 ? undefined : timeoutMs;
}
