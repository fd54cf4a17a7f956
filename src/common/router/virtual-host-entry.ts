import type { VirtualHost } from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import { type ConfigContext, ConfigErrorCollector } from '../../../sdk/config.ts';
import { needsWorker } from './long-route-list.ts';
import type { RouteParseContext } from './parse-context.ts';
import { parseVirtualHost } from './parse-virtual-host.ts';
import { mustBeBound } from './per-filter-config.ts';
import type { RouteConfigLevel } from './route-level.ts';
import type { ConfiguredVirtualHost } from './virtual-host.ts';

/** What all virtual hosts of a route configuration are parsed with. */
export interface VirtualHostParser {
  readonly level: RouteConfigLevel;
  /** The place of the route configuration. */
  readonly ctx: ConfigContext;
  readonly parse: RouteParseContext;
  readonly configs: readonly VirtualHost[];
}

/** A virtual host that is parsed when a request first asks for it: of a large table, few are asked for soon. */
export class VirtualHostEntry {
  readonly #parser: VirtualHostParser;
  readonly #index: number;
  #host: ConfiguredVirtualHost | undefined = undefined;

  constructor(index: number, parser: VirtualHostParser) {
    this.#index = index;
    this.#parser = parser;
  }

  get host(): ConfiguredVirtualHost {
    if (this.#host !== undefined) return this.#host;
    const { ctx, level, parse } = this.#parser;
    const collector = new ConfigErrorCollector();
    const at = ctx.withCollector(collector).child('virtual_hosts', this.#index);
    const host = parseVirtualHost(this.config, level, at, { ...parse, clusters: [], bindings: [] });
    collector.throwIfAny();
    this.#host = host;
    return host;
  }

  /** Of a long list, decoded anew each time. */
  get config(): VirtualHost {
    return this.#parser.configs[this.#index] as VirtualHost;
  }

  /** Gathers the faults of the host; what it then consists of is kept when a worker must make it ready. */
  check(config: VirtualHost): void {
    const { ctx, level, parse } = this.#parser;
    const bindings = parse.bindings.length;
    const host = parseVirtualHost(config, level, ctx.child('virtual_hosts', this.#index), parse);
    if (parse.bindings.length > bindings) this.#host = host;
  }

  /** As `check`, and what it consists of is kept. */
  open(config: VirtualHost): void {
    const { ctx, level, parse } = this.#parser;
    this.#host = parseVirtualHost(config, level, ctx.child('virtual_hosts', this.#index), parse);
  }
}

/** Whether something of a host is there before a request asks for it: statistics, matchers, plugins. */
export function isNeededAtStart(config: VirtualHost, ctx: ConfigContext): boolean {
  if (config.virtualClusters.length > 0 || config.matcher !== undefined) return true;
  if (mustBeBound(config.typedPerFilterConfig, ctx)) return true;
  return config.routes.some((route) => needsWorker(route, ctx));
}
