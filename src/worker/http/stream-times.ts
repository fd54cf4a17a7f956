/** When a stream has waited too long, for what (all monotonic milliseconds). */
import type { RouteEntry } from '../../../sdk/router.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { NEVER } from '../deadline-timer.ts';
import type { ConnectionManagerConfig } from './connection-manager-config.ts';

export type DueTime = 'idle' | 'request' | 'headers' | 'duration' | 'log';

/** What of a request is still to come, as far as its own timeouts go: a response ends the wait for the rest. */
export type Awaited = 'headers' | 'request' | 'nothing';

/**
 * The stream itself: an object of their own would be one more a request. Most times count from its start: when they are over is
 * worked out when somebody asks, which few streams live to see.
 */
export interface TimedStream {
  readonly config: ConnectionManagerConfig;
  readonly streamInfo: StreamInfo;
  lastActivityMs: number;
  awaited: Awaited;
  idleTimeoutMs: number;
  /** Of the whole stream; undefined = none. */
  maxDurationMs: number | undefined;
  /** 0 = never. */
  nextLogMs: number;
}

export function firstLogMs({ accessLogOptions }: ConnectionManagerConfig, startMs: number): number {
  const flushIntervalMs = accessLogOptions === undefined ? 0 : accessLogOptions.flushIntervalMs;
  return flushIntervalMs === 0 ? 0 : startMs + flushIntervalMs;
}

export function orNone(timeoutMs: number): number | undefined {
  return timeoutMs <= 0 ? undefined : timeoutMs;
}

/**
 * A route may say otherwise than the connection manager: whether something may be due earlier now.
 * @param grpcTimeoutMs what the client's `grpc-timeout` says.
 */
export function timeByRoute(stream: TimedStream, entry: RouteEntry, grpcTimeoutMs: number | undefined): boolean {
  const { idleTimeoutMs, maxStreamDurationMs } = entry;
  if (idleTimeoutMs !== undefined) stream.idleTimeoutMs = idleTimeoutMs;
  stream.maxDurationMs = durationOf(stream.config, entry, grpcTimeoutMs);
  return idleTimeoutMs !== undefined || maxStreamDurationMs !== undefined || grpcTimeoutMs !== undefined;
}

function durationOf(
  { timeouts }: ConnectionManagerConfig,
  entry: RouteEntry,
  grpcTimeoutMs: number | undefined,
): number | undefined {
  const { grpcTimeoutHeaderMaxMs: maxMs, grpcTimeoutHeaderOffsetMs: offsetMs = 0 } = entry;
  if (grpcTimeoutMs === undefined || maxMs === undefined) {
    return orNone(entry.maxStreamDurationMs ?? timeouts.maxStreamDurationMs);
  }
  const cappedMs = maxMs === 0 ? grpcTimeoutMs : Math.min(grpcTimeoutMs, maxMs);
  return Math.max(0, cappedMs - offsetMs);
}

export function nextDeadlineMs(stream: TimedStream): number {
  const nextMs = Math.min(headersDeadlineMs(stream), requestDeadlineMs(stream), durationDeadlineMs(stream));
  return Math.min(nextMs, idleDeadlineMs(stream), stream.nextLogMs === 0 ? NEVER : stream.nextLogMs);
}

/** What is due first; it will not be due again, save what comes again and again. */
export function nextDue(stream: TimedStream, nowMs: number): DueTime | undefined {
  if (nowMs >= headersDeadlineMs(stream)) {
    stream.awaited = 'request';
    return 'headers';
  }
  if (nowMs >= requestDeadlineMs(stream)) {
    stream.awaited = 'nothing';
    return 'request';
  }
  if (nowMs >= durationDeadlineMs(stream)) {
    stream.maxDurationMs = undefined;
    return 'duration';
  }
  if (nowMs >= idleDeadlineMs(stream)) {
    stream.idleTimeoutMs = 0;
    return 'idle';
  }
  if (stream.nextLogMs === 0 || nowMs < stream.nextLogMs) return undefined;
  stream.nextLogMs = nowMs + (stream.config.accessLogOptions?.flushIntervalMs ?? 0);
  return 'log';
}

function headersDeadlineMs({ awaited, config, streamInfo }: TimedStream): number {
  return awaited === 'headers' ? afterStart(streamInfo, config.timeouts.requestHeadersMs) : NEVER;
}

function requestDeadlineMs({ awaited, config, streamInfo }: TimedStream): number {
  return awaited === 'nothing' ? NEVER : afterStart(streamInfo, config.timeouts.requestMs);
}

function durationDeadlineMs({ maxDurationMs, streamInfo }: TimedStream): number {
  return maxDurationMs === undefined ? NEVER : streamInfo.startTimeMonotonicMs + maxDurationMs;
}

function idleDeadlineMs({ idleTimeoutMs, lastActivityMs, config }: TimedStream): number {
  if (idleTimeoutMs <= 0) return NEVER;
  const scaledMs = config.scaledTimeouts?.scale('http-stream-idle', idleTimeoutMs);
  return lastActivityMs + (scaledMs ?? idleTimeoutMs);
}

/** 0 = no timeout. */
function afterStart({ startTimeMonotonicMs }: StreamInfo, timeoutMs: number): number {
  return timeoutMs <= 0 ? NEVER : startTimeMonotonicMs + timeoutMs;
}
