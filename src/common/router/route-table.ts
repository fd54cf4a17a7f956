import type { Runtime, ServerFactoryContext } from '../../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { Route } from '../../../sdk/router.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type { RouteConfig } from './route-config.ts';
import type { ConfiguredVirtualHost } from './virtual-host.ts';

/** A route configuration that serves requests on a worker. */
export class ConfiguredRouteTable {
  readonly internalOnlyHeaders: readonly string[];
  readonly #config: RouteConfig;
  readonly #runtime: Runtime;

  /** @param context of the worker: its root scope for `vhost.…`, its runtime for fractions and weights */
  constructor(config: RouteConfig, context: ServerFactoryContext) {
    this.internalOnlyHeaders = config.internalOnlyHeaders;
    this.#config = config;
    this.#runtime = context.runtime;
    for (const binding of config.bindings) binding.bind(context);
  }

  /** `random` in [0, 2^53) makes the draws of fractions and weights: the same for one stream, whenever it asks. */
  route(headers: RequestHeaderMap, streamInfo: StreamInfo, random: number): Route | undefined {
    return this.virtualHost(headers)?.find({ headers, streamInfo, random, runtime: this.#runtime });
  }

  /** The request's, also when none of its routes is for the request. */
  virtualHost(headers: RequestHeaderMap): ConfiguredVirtualHost | undefined {
    const { virtualHostHeader } = this.#config;
    if (virtualHostHeader !== '') return this.#config.virtualHosts.find(headers.get(virtualHostHeader))?.host;
    const { host } = headers;
    return this.#config.virtualHosts.find(host === '' && !headers.has(':authority') ? undefined : host)?.host;
  }
}
