import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { DecoderFilterCallbacks } from '../../../sdk/http.ts';
import type { Connection, TransportSocketOptions } from '../../../sdk/network.ts';
import type { HashInput, RouteEntry } from '../../../sdk/router.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type {
  ClusterInfo,
  Host,
  LoadBalancerContext,
  PriorityLoad,
  ThreadLocalCluster,
} from '../../../sdk/upstream.ts';
import { withDynamicMatch } from '../../common/router/metadata-match.ts';
import type { RetryState } from './retry-state.ts';

/** What load balancers may ask of a request (the LoadBalancerContext half of Envoy's Router::Filter). */
export class RequestBalancing implements LoadBalancerContext, HashInput {
  readonly headers: RequestHeaderMap;
  readonly #callbacks: DecoderFilterCallbacks;
  /** Another one after a retry that has chosen its cluster anew. */
  entry: RouteEntry;
  clusterInfo: ClusterInfo;
  /** Set while a retry looks for its host. */
  retry: RetryState | undefined = undefined;
  cluster: ThreadLocalCluster | undefined = undefined;
  /** Retries keep those of the first attempt. */
  transportSocketOptions: TransportSocketOptions | undefined = undefined;
  /** `Set-Cookie` lines of hash policies, for the response; undefined when there is none. */
  setCookies: string[] | undefined = undefined;

  constructor(callbacks: DecoderFilterCallbacks, headers: RequestHeaderMap, entry: RouteEntry, info: ClusterInfo) {
    this.#callbacks = callbacks;
    this.headers = headers;
    this.entry = entry;
    this.clusterInfo = info;
  }

  computeHashKey(): bigint | undefined {
    return (this.clusterInfo.hashPolicy ?? this.entry.hashPolicy)?.generateHash(this);
  }

  addSetCookie(value: string): void {
    this.setCookies ??= [];
    // A retry asks again, with the cookie that was made the first time.
    if (!this.setCookies.includes(value)) this.setCookies.push(value);
  }

  get metadataMatch(): ReadonlyMap<string, unknown> | undefined {
    return withDynamicMatch(this.entry.metadataMatch, this.#callbacks.streamInfo);
  }

  get connection(): Connection | undefined {
    return this.#callbacks.connection;
  }

  get downstreamConnection(): Connection | undefined {
    return this.#callbacks.connection;
  }

  get downstreamHeaders(): RequestHeaderMap {
    return this.headers;
  }

  get streamInfo(): StreamInfo {
    return this.#callbacks.streamInfo;
  }

  get requestStreamInfo(): StreamInfo {
    return this.#callbacks.streamInfo;
  }

  shouldSelectAnotherHost(host: Host): boolean {
    return this.retry?.shouldSelectAnotherHost(host) === true;
  }

  get hostSelectionRetryCount(): number {
    return this.retry === undefined ? 1 : this.retry.hostSelectionMaxAttempts;
  }

  get overrideHost(): undefined {
    return undefined;
  }

  determinePriorityLoad(original: PriorityLoad): PriorityLoad {
    const priority = this.retry?.priority;
    if (priority === undefined || this.cluster === undefined) return original;
    return priority.determinePriorityLoad(this.cluster.hostSets, original);
  }
}
