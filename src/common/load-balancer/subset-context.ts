import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { Connection, TransportSocketOptions } from '../../../sdk/network.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type { Host, LoadBalancerContext, PriorityLoad } from '../../../sdk/upstream.ts';

export type Criteria = ReadonlyMap<string, unknown>;

/** A request that asks for other metadata than its route says. */
export class SubsetContext implements LoadBalancerContext {
  readonly metadataMatch: Criteria;
  /** Absent where the request has none. */
  readonly addSetCookie?: (line: string) => void;
  readonly #request: LoadBalancerContext;

  constructor(request: LoadBalancerContext, metadataMatch: Criteria) {
    this.#request = request;
    this.metadataMatch = metadataMatch;
    if (request.addSetCookie !== undefined) this.addSetCookie = (line) => request.addSetCookie?.(line);
  }

  get downstreamConnection(): Connection | undefined {
    return this.#request.downstreamConnection;
  }

  get downstreamHeaders(): RequestHeaderMap | undefined {
    return this.#request.downstreamHeaders;
  }

  get requestStreamInfo(): StreamInfo | undefined {
    return this.#request.requestStreamInfo;
  }

  get hostSelectionRetryCount(): number {
    return this.#request.hostSelectionRetryCount;
  }

  get overrideHost(): LoadBalancerContext['overrideHost'] {
    return this.#request.overrideHost;
  }

  get transportSocketOptions(): TransportSocketOptions | undefined {
    return this.#request.transportSocketOptions;
  }

  computeHashKey(): bigint | undefined {
    return this.#request.computeHashKey();
  }

  shouldSelectAnotherHost(host: Host): boolean {
    return this.#request.shouldSelectAnotherHost(host);
  }

  determinePriorityLoad(original: PriorityLoad): PriorityLoad {
    return this.#request.determinePriorityLoad?.(original) ?? original;
  }
}
