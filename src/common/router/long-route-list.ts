import type { Route as RouteConfig } from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import { type ConfigContext, ConfigErrorCollector } from '../../../sdk/config.ts';
import type { Route, RouteRequest } from '../../../sdk/router.ts';
import type { RouteParseContext } from './parse-context.ts';
import { parseRoute } from './parse-route.ts';
import { type PathMatcher, parsePathMatcher } from './path-matcher.ts';
import { mustBeBound } from './per-filter-config.ts';
import type { RouteCandidate } from './route-candidate.ts';
import { type RouteIndex, RouteIndexBuilder } from './route-index.ts';
import type { VirtualHostLevel } from './route-level.ts';

/** What all routes of a virtual host are parsed with. */
export interface RouteParser {
  readonly configs: readonly RouteConfig[];
  readonly level: VirtualHostLevel;
  /** The place of the virtual host. */
  readonly ctx: ConfigContext;
  readonly parse: RouteParseContext;
}

/**
 * Routes in their order, so many that each is parsed when a request may be its own (and once, by who finds the faults): of
 * a large table, few are asked for soon.
 */
export class LongRouteList {
  readonly #parser: RouteParser;
  readonly #index: RouteIndex;
  readonly #candidates: Map<number, RouteCandidate | undefined>;

  private constructor(parser: RouteParser, index: RouteIndex, candidates: Map<number, RouteCandidate | undefined>) {
    this.#parser = parser;
    this.#index = index;
    this.#candidates = candidates;
  }

  /** Undefined when the routes are too various for an index; their faults have been gathered even so. */
  static of(parser: RouteParser): LongRouteList | undefined {
    const { configs, ctx } = parser;
    const index = new RouteIndexBuilder();
    const candidates = new Map<number, RouteCandidate | undefined>();
    for (const [i, config] of configs.entries()) {
      const matcher =
        ctx.isChecked && !needsWorker(config, ctx) ? matcherOf(config, ctx) : open(i, config, parser, candidates);
      if (matcher !== undefined) index.add(i, matcher);
    }
    const made = index.build();
    return made && new LongRouteList(parser, made, candidates);
  }

  /** @param path without query; '' for a CONNECT without path */
  find(path: string, request: RouteRequest): Route | undefined {
    const indexes = this.#index.candidates(path);
    for (let i = 0; i < indexes.length; i++) {
      const route = this.#candidate(indexes[i] as number)?.match(path, request);
      if (route !== undefined) return route;
    }
    return undefined;
  }

  #candidate(index: number): RouteCandidate | undefined {
    const known = this.#candidates.get(index);
    if (known !== undefined) return known;
    const { configs, level, ctx, parse } = this.#parser;
    const collector = new ConfigErrorCollector();
    const at = ctx.withCollector(collector).child('routes', index);
    const made = parseRoute(configs[index] as RouteConfig, level, at, { ...parse, clusters: [], bindings: [] });
    collector.throwIfAny();
    this.#candidates.set(index, made);
    return made;
  }
}

/** Parses a route for its faults; what a worker must make ready is kept. */
function open(
  index: number,
  config: RouteConfig,
  { level, ctx, parse }: RouteParser,
  candidates: Map<number, RouteCandidate | undefined>,
): PathMatcher | undefined {
  const bindings = parse.bindings.length;
  const made = parseRoute(config, level, ctx.child('routes', index), parse);
  if (parse.bindings.length > bindings) candidates.set(index, made);
  return made?.matcher;
}

function matcherOf({ match }: RouteConfig, ctx: ConfigContext): PathMatcher | undefined {
  return match && parsePathMatcher(match, ctx);
}

/** Whether something of a route is there before a request asks for it: statistics, plugins. */
export function needsWorker({ statPrefix, action, typedPerFilterConfig }: RouteConfig, ctx: ConfigContext): boolean {
  if (statPrefix !== '' || mustBeBound(typedPerFilterConfig, ctx)) return true;
  if (action.case !== 'route') return false;
  const { clusterSpecifier: specifier } = action.value;
  if (specifier.case === 'inlineClusterSpecifierPlugin') return true;
  if (specifier.case !== 'weightedClusters') return false;
  return specifier.value.clusters.some((cluster) => mustBeBound(cluster.typedPerFilterConfig, ctx));
}
