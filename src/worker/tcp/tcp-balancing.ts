import type { Connection, TransportSocketOptions } from '../../../sdk/network.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type { LoadBalancerContext } from '../../../sdk/upstream.ts';
import { transportSocketWishes } from '../upstream/transport-socket-wishes.ts';
import type { TcpHashPolicy } from './tcp-proxy-config.ts';
import type { TcpRoute } from './tcp-routes.ts';

/** What load balancers may ask of a connection. */
export class TcpBalancing implements LoadBalancerContext {
  readonly downstreamConnection: Connection;
  readonly downstreamHeaders = undefined;
  readonly hostSelectionRetryCount = 1;
  readonly overrideHost = undefined;
  readonly transportSocketOptions: TransportSocketOptions | undefined;
  readonly #route: TcpRoute;
  readonly #hashPolicy: TcpHashPolicy | undefined;

  constructor(connection: Connection, route: TcpRoute, hashPolicy: TcpHashPolicy | undefined) {
    this.downstreamConnection = connection;
    this.transportSocketOptions = transportSocketWishes(connection.streamInfo.filterState);
    this.#route = route;
    this.#hashPolicy = hashPolicy;
  }

  get requestStreamInfo(): StreamInfo {
    return this.downstreamConnection.streamInfo;
  }

  /** The route's, and over it what filters put into the dynamic metadata `envoy.lb`. */
  get metadataMatch(): ReadonlyMap<string, unknown> | undefined {
    const { metadataMatch } = this.#route;
    const dynamic = this.requestStreamInfo.dynamicMetadata('envoy.lb');
    if (dynamic === undefined) return metadataMatch;
    return new Map([...(metadataMatch ?? []), ...Object.entries(dynamic)]);
  }

  computeHashKey(): bigint | undefined {
    return this.#hashPolicy?.(this.downstreamConnection);
  }

  shouldSelectAnotherHost(): boolean {
    return false;
  }
}
