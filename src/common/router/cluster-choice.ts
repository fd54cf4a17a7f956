import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { ClusterSpecifier, Route } from '../../../sdk/router.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { type ClusterRefresh, ForwardingRoute, type ForwardingRouteConfig } from './forwarding-route.ts';
import type { RouteRequest } from './route-conditions.ts';

/** Makes the route of a request where the cluster depends on the request. Undefined = no route after all. */
export interface ClusterChoice {
  choose(request: RouteRequest): Route | undefined;
}

/** Whether attempts of a request may go to other clusters than the first one did. */
export function refreshesClusters({ action }: ForwardingRouteConfig): boolean {
  return action.retryPolicy?.refreshClusterOnRetry === true;
}

/** `cluster_header`: the first value; without one, a cluster that does not exist. */
export class HeaderChoice implements ClusterChoice, ClusterRefresh {
  readonly #config: ForwardingRouteConfig;
  readonly #header: string;

  constructor(config: ForwardingRouteConfig, header: string) {
    this.#config = config;
    this.#header = header;
  }

  choose({ headers }: RouteRequest): Route {
    return this.#routeOf(headers);
  }

  next(_current: ForwardingRoute, headers: RequestHeaderMap): Route {
    return this.#routeOf(headers);
  }

  #routeOf(headers: RequestHeaderMap): Route {
    const refresh = refreshesClusters(this.#config) ? this : undefined;
    return new ForwardingRoute(this.#config, headers.get(this.#header) ?? '', undefined, refresh);
  }
}

/** What chooses clusters, made when a worker begins to serve the configuration; undefined = nothing does. */
export interface ClusterSpecifierHolder {
  readonly specifier: ClusterSpecifier | undefined;
}

/** `cluster_specifier_plugin`, by name or inline. */
export class PluginChoice implements ClusterChoice {
  readonly #config: ForwardingRouteConfig;
  readonly #holder: ClusterSpecifierHolder;

  constructor(config: ForwardingRouteConfig, holder: ClusterSpecifierHolder) {
    this.#config = config;
    this.#holder = holder;
  }

  choose({ headers, streamInfo, random }: RouteRequest): Route | undefined {
    const { specifier } = this.#holder;
    if (specifier === undefined) return undefined;
    const clusterName = specifier.cluster({ headers, streamInfo, random }) ?? '';
    const refresh = refreshesClusters(this.#config) ? new PluginRefresh(this.#config, specifier, random) : undefined;
    return new ForwardingRoute(this.#config, clusterName, undefined, refresh);
  }
}

/** Asks again. */
class PluginRefresh implements ClusterRefresh {
  readonly #config: ForwardingRouteConfig;
  readonly #specifier: ClusterSpecifier;
  readonly #random: number;

  constructor(config: ForwardingRouteConfig, specifier: ClusterSpecifier, random: number) {
    this.#config = config;
    this.#specifier = specifier;
    this.#random = random;
  }

  next(_current: ForwardingRoute, headers: RequestHeaderMap, streamInfo: StreamInfo): Route | undefined {
    const clusterName = this.#specifier.cluster({ headers, streamInfo, random: this.#random });
    return clusterName === undefined ? undefined : new ForwardingRoute(this.#config, clusterName, undefined, this);
  }
}
