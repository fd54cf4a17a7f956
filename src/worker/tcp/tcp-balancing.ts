import type { Connection, TransportSocketOptions } from '../../../sdk/network.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type { LoadBalancerContext } from '../../../sdk/upstream.ts';
import { withDynamicMatch } from '../../common/router/metadata-match.ts';
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
    this.transportSocketOptions = transportSocketWishes(connection.streamInfo);
    this.#route = route;
    this.#hashPolicy = hashPolicy;
  }

  get requestStreamInfo(): StreamInfo {
    return this.downstreamConnection.streamInfo;
  }

  get metadataMatch(): ReadonlyMap<string, unknown> | undefined {
    return withDynamicMatch(this.#route.metadataMatch, this.requestStreamInfo);
  }

  computeHashKey(): bigint | undefined {
    return this.#hashPolicy?.(this.downstreamConnection);
  }

  shouldSelectAnotherHost(): boolean {
    return false;
  }
}
