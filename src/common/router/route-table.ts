import type { ServerFactoryContext } from '../../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { Route, RouteRequest } from '../../../sdk/router.ts';
import type { RouteConfig } from './route-config.ts';
import type { ConfiguredVirtualHost } from './virtual-host.ts';

/** A route configuration that serves requests on a worker. */
export class ConfiguredRouteTable {
  readonly internalOnlyHeaders: readonly string[];
  readonly #config: RouteConfig;

  /** @param context of the worker: its root scope for `vhost.…` */
  constructor(config: RouteConfig, context: ServerFactoryContext) {
    this.internalOnlyHeaders = config.internalOnlyHeaders;
    this.#config = config;
    for (const binding of config.bindings) binding.bind(context);
  }

  route(request: RouteRequest): Route | undefined {
    return this.virtualHost(request.headers)?.find(request);
  }

  /** The request's, also when none of its routes is for the request. */
  virtualHost(headers: RequestHeaderMap): ConfiguredVirtualHost | undefined {
    const { virtualHosts } = this.#config;
    return virtualHosts.find(virtualHosts.looksAtHost ? this.#hostOf(headers) : undefined)?.host;
  }

  /** What the virtual host is chosen by. */
  #hostOf(headers: RequestHeaderMap): string | undefined {
    const { virtualHostHeader } = this.#config;
    if (virtualHostHeader !== '') return headers.get(virtualHostHeader);
    const { host } = headers;
    return host === '' && !headers.has(':authority') ? undefined : host;
  }
}
