import type { VirtualHost } from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import { type ConfigContext, ConfigErrorCollector } from '../../../sdk/config.ts';
import type { RouteParseContext } from './parse-context.ts';
import { parseVirtualHost } from './parse-virtual-host.ts';
import type { RouteConfigLevel } from './route-level.ts';
import type { ConfiguredVirtualHost } from './virtual-host.ts';

/** What all virtual hosts of a route configuration are parsed with. */
export interface VirtualHostParser {
  readonly level: RouteConfigLevel;
  /** The place of the route configuration. */
  readonly ctx: ConfigContext;
  readonly parse: RouteParseContext;
}

/** A virtual host that is parsed when a request first asks for it: of a large table, few are asked for soon. */
export class VirtualHostEntry {
  readonly #parser: VirtualHostParser;
  readonly #index: number;
  #state: { readonly config: VirtualHost } | { readonly host: ConfiguredVirtualHost };

  constructor(config: VirtualHost, index: number, parser: VirtualHostParser) {
    this.#state = { config };
    this.#index = index;
    this.#parser = parser;
  }

  get host(): ConfiguredVirtualHost {
    const state = this.#state;
    if ('host' in state) return state.host;
    const { ctx, level, parse } = this.#parser;
    const collector = new ConfigErrorCollector();
    const at = ctx.withCollector(collector).child('virtual_hosts', this.#index);
    const host = parseVirtualHost(state.config, level, at, { ...parse, clusters: [], bindings: [] });
    collector.throwIfAny();
    this.#state = { host };
    return host;
  }

  /** Gathers the faults of the host; what it then consists of is kept when a worker must make it ready. */
  check(): void {
    if (!('config' in this.#state)) return;
    const { ctx, level, parse } = this.#parser;
    const bindings = parse.bindings.length;
    const host = parseVirtualHost(this.#state.config, level, ctx.child('virtual_hosts', this.#index), parse);
    if (parse.bindings.length > bindings) this.#state = { host };
  }

  /** As `check`, and what it consists of is kept. */
  open(): void {
    if (!('config' in this.#state)) return;
    const { ctx, level, parse } = this.#parser;
    const at = ctx.child('virtual_hosts', this.#index);
    this.#state = { host: parseVirtualHost(this.#state.config, level, at, parse) };
  }

  /** Whether something of it is there before a request asks for it: statistics, matchers, plugins. */
  get isNeededAtStart(): boolean {
    if (!('config' in this.#state)) return false;
    const { virtualClusters, matcher, routes } = this.#state.config;
    if (virtualClusters.length > 0 || matcher !== undefined) return true;
    return routes.some(
      ({ statPrefix, action }) =>
        statPrefix !== '' ||
        (action.case === 'route' && action.value.clusterSpecifier.case === 'inlineClusterSpecifierPlugin'),
    );
  }
}
