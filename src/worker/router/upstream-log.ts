import type { StreamResetReason } from '../../../sdk/codec.ts';
import type { Timer } from '../../../sdk/event.ts';
import type { AccessLogType } from '../../../sdk/extension.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { DecoderFilterCallbacks } from '../../../sdk/http.ts';
import type { ResponseFlag } from '../../../sdk/stream-info.ts';
import { ResponseHeaders } from '../../common/headers/header-map.ts';
import { StreamRecord } from '../../common/stream-info/stream-record.ts';
import type { UpstreamRecord } from '../../common/stream-info/upstream-info.ts';
import { resetReasonFlag } from './reset-reason.ts';
import type { UpstreamLogs } from './router-config.ts';

/** What is logged of one attempt: its own view of the stream. Made only where upstream logs are configured. */
export class UpstreamLog {
  readonly #logs: UpstreamLogs;
  readonly #streamInfo: StreamRecord;
  readonly #requestHeaders: RequestHeaderMap;
  readonly #callbacks: DecoderFilterCallbacks;
  #responseHeaders: ResponseHeaderMap | undefined = undefined;
  #responseTrailers: HeaderMap | undefined = undefined;
  #flushTimer: Timer | undefined = undefined;
  #endsWithData = false;

  constructor(
    logs: UpstreamLogs,
    callbacks: DecoderFilterCallbacks,
    requestHeaders: RequestHeaderMap,
    record: UpstreamRecord,
    startMs: number,
  ) {
    const { streamInfo, dispatcher, connection } = callbacks;
    // The connection's own view: what x-forwarded-for says is not seen here.
    const info = connection?.info ?? streamInfo.downstreamConnection;
    this.#logs = logs;
    this.#callbacks = callbacks;
    this.#requestHeaders = requestHeaders;
    this.#streamInfo = new StreamRecord(dispatcher.timeSource, info, undefined, startMs);
    this.#streamInfo.upstream = record;
    this.#streamInfo.upstreamClusterInfo = streamInfo.upstreamClusterInfo;
    this.#streamInfo.routeName = streamInfo.routeName;
    this.#streamInfo.matchedRouteMetadata = streamInfo.matchedRouteMetadata;
    this.#streamInfo.healthCheck = streamInfo.healthCheck;
    this.#streamInfo.filterChainName = streamInfo.filterChainName;
  }

  start(): void {
    const { flushIntervalMs } = this.#logs;
    if (flushIntervalMs === 0) return;
    const timer = this.#callbacks.dispatcher.createTimer(() => {
      this.#log('UpstreamPeriodic');
      timer.enableTimer(flushIntervalMs);
    });
    timer.enableTimer(flushIntervalMs);
    this.#flushTimer = timer;
  }

  onPoolReady(): void {
    const { upstreamBytes, downstreamBytes } = this.#callbacks.streamInfo;
    this.#streamInfo.upstreamBytes = upstreamBytes;
    this.#streamInfo.downstreamBytes = downstreamBytes;
    this.#streamInfo.protocol = this.#streamInfo.upstream?.protocol;
    if (this.#logs.flushOnUpstreamStream) this.#log('UpstreamPoolReady');
  }

  onDataSent(bytes: number): void {
    this.#streamInfo.bytesSent += bytes;
  }

  onDataReceived(bytes: number, endStream: boolean): void {
    this.#streamInfo.bytesReceived += bytes;
    this.#endsWithData = endStream && bytes > 0;
  }

  onHeaders(headers: ResponseHeaderMap): void {
    // A copy: the router is about to change them.
    this.#responseHeaders = ResponseHeaders.of(headers.entries());
    this.#streamInfo.responseCode = headers.status;
  }

  onTrailers(trailers: HeaderMap): void {
    this.#responseTrailers = trailers;
  }

  onReset(reason: StreamResetReason): void {
    this.#streamInfo.setResponseFlag(resetReasonFlag(reason));
  }

  setResponseFlag(flag: ResponseFlag): void {
    this.#streamInfo.setResponseFlag(flag);
  }

  end(): void {
    this.#flushTimer?.[Symbol.dispose]();
    this.#streamInfo.requestCompleteMs = this.#callbacks.dispatcher.timeSource.monotonicTimeMs();
    // Envoy's codec tells the end of a message after its last bytes, which the client has been given by then.
    if (!this.#endsWithData) this.#log('UpstreamEnd');
    else this.#callbacks.dispatcher.deferredDelete({ [Symbol.dispose]: () => this.#log('UpstreamEnd') });
  }

  #log(accessLogType: AccessLogType): void {
    const context = {
      requestHeaders: this.#requestHeaders,
      responseHeaders: this.#responseHeaders,
      responseTrailers: this.#responseTrailers,
      localReplyBody: '',
      accessLogType,
    };
    for (const accessLog of this.#logs.accessLogs) accessLog.log(context, this.#streamInfo);
  }
}
