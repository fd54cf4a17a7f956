import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { ClusterSpecifier, Route, RouteRequest } from '../../../sdk/router.ts';
import { type ClusterRefresh, ForwardingRoute, type ForwardingRouteConfig } from './forwarding-route.ts';

/** Makes the route of a request where the cluster depends on the request. Undefined = no route after all. */
export interface ClusterChoice {
  choose(request: RouteRequest): Route | undefined;
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

  next(_current: ForwardingRoute, { headers }: RouteRequest): Route {
    return this.#routeOf(headers);
  }

  #routeOf(headers: RequestHeaderMap): Route {
    return new ForwardingRoute(this.#config, headers.get(this.#header) ?? '', undefined, this);
  }
}

/** What chooses clusters, made when a worker begins to serve the configuration; undefined = nothing does. */
export interface ClusterSpecifierHolder {
  readonly specifier: ClusterSpecifier | undefined;
}

/** `cluster_specifier_plugin`, by name or inline. */
export class PluginChoice implements ClusterChoice, ClusterRefresh {
  readonly #config: ForwardingRouteConfig;
  readonly #holder: ClusterSpecifierHolder;

  constructor(config: ForwardingRouteConfig, holder: ClusterSpecifierHolder) {
    this.#config = config;
    this.#holder = holder;
  }

  choose(request: RouteRequest): Route | undefined {
    if (this.#holder.specifier === undefined) return undefined;
    return this.#routeTo(this.#clusterFor(request) ?? '');
  }

  next(_current: ForwardingRoute, request: RouteRequest): Route | undefined {
    const clusterName = this.#clusterFor(request);
    return clusterName === undefined ? undefined : this.#routeTo(clusterName);
  }

  #clusterFor(request: RouteRequest): string | undefined {
    return this.#holder.specifier?.cluster(request, this.#config.action.hashPolicy);
  }

  #routeTo(clusterName: string): Route {
    return new ForwardingRoute(this.#config, clusterName, undefined, this);
  }
}
