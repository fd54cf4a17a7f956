import type { RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { ClusterRequestStats } from '../../../sdk/upstream.ts';

/** What one attempt adds to the histograms of its cluster (`track_cluster_stats`). */
export class AttemptStats {
  readonly #stats: ClusterRequestStats;
  readonly #startMs: number;
  #sentBytes = 0;
  #receivedBytes = 0;
  /** Undefined until the response begins. */
  #response: { readonly bytes: number; readonly count: number } | undefined = undefined;

  constructor(stats: ClusterRequestStats, nowMs: number) {
    this.#stats = stats;
    this.#startMs = nowMs;
  }

  onDataSent(bytes: number): void {
    this.#sentBytes += bytes;
  }

  onHeaders(headers: ResponseHeaderMap): void {
    this.#response = { bytes: headers.byteSize, count: headers.size };
  }

  onDataReceived(bytes: number): void {
    this.#receivedBytes += bytes;
  }

  /** @param perTryMs 0 = none */
  end(request: RequestHeaderMap, nowMs: number, perTryMs: number): void {
    const { timeoutBudget, sizes } = this.#stats;
    timeoutBudget?.perTryPercentUsed.recordValue(percentOfTimeout(nowMs - this.#startMs, perTryMs));
    if (sizes === undefined) return;
    sizes.requestHeadersSize.recordValue(request.byteSize);
    sizes.requestHeadersCount.recordValue(request.size);
    sizes.requestBodySize.recordValue(this.#sentBytes);
    const response = this.#response;
    if (response === undefined) return;
    sizes.responseHeadersSize.recordValue(response.bytes);
    sizes.responseHeadersCount.recordValue(response.count);
    sizes.responseBodySize.recordValue(this.#receivedBytes);
  }
}

/** Of a timeout that is none, none is used. */
export function percentOfTimeout(elapsedMs: number, timeoutMs: number): number {
  return timeoutMs === 0 ? 0 : Math.floor((Math.floor(elapsedMs) * 100) / timeoutMs);
}
