import type {
  RouteList as RouteListConfig,
  Route as RouteProto,
} from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { Matcher } from '../../../api/generated/xds/type/matcher/v3/matcher_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { ServerFactoryContext } from '../../../sdk/extension.ts';
import type { HttpMatchingData, MatchTree, MatchTreeFactory } from '../../../sdk/matching.ts';
import type { Route, RouteRequest } from '../../../sdk/router.ts';
import { parseMatchTree } from '../matcher/parse-match-tree.ts';
import type { RouteParseContext } from './parse-context.ts';
import { parseRoute } from './parse-route.ts';
import type { VirtualHostLevel } from './route-level.ts';
import { RouteList } from './route-list.ts';
import type { RouteFinder } from './virtual-host.ts';

const ROUTE = 'envoy.config.route.v3.Route';
const ROUTE_LIST = 'envoy.config.route.v3.RouteList';

const VIOLATION = 'requirement violation while creating route match tree: INVALID_ARGUMENT:';
const INPUTS: readonly string[] = [
  'envoy.type.matcher.v3.HttpRequestHeaderMatchInput',
  'envoy.extensions.matching.common_inputs.network.v3.FilterStateInput',
];

function inputFault(type: string): string | undefined {
  if (INPUTS.includes(type)) return undefined;
  return `${VIOLATION} Route table can only match on request headers, saw type.googleapis.com/${type}`;
}

/** `matcher` of a virtual host: a tree whose leaves are routes, each with a match of its own besides. */
class MatcherRoutes implements RouteFinder {
  readonly #factory: MatchTreeFactory<HttpMatchingData, RouteList>;
  #tree: MatchTree<HttpMatchingData, RouteList> | undefined = undefined;

  constructor(factory: MatchTreeFactory<HttpMatchingData, RouteList>) {
    this.#factory = factory;
  }

  bind(context: ServerFactoryContext): void {
    this.#tree ??= this.#factory(context);
  }

  find(path: string, request: RouteRequest): Route | undefined {
    const routes = this.#tree?.match({
      streamInfo: request.streamInfo,
      requestHeaders: request.headers,
      requestTrailers: undefined,
      responseHeaders: undefined,
      responseTrailers: undefined,
    });
    return routes instanceof RouteList ? routes.find(path, request) : undefined;
  }
}

export function parseMatcherRoutes(
  config: Matcher,
  virtualHost: VirtualHostLevel,
  ctx: ConfigContext,
  parse: RouteParseContext,
): RouteFinder {
  const factory = parseMatchTree<HttpMatchingData, RouteList>(
    config,
    {
      inputs: 'envoy.matching.http.input',
      inputFault,
      keepMatchingFault: `${VIOLATION} keep_matching is not supported in this context`,
      parseAction: ({ name, typedConfig }, at) => {
        const place = at.child('typed_config');
        const message = typedConfig === undefined ? undefined : place.unpack(typedConfig);
        const type = message?.$typeName ?? '';
        if (type === ROUTE) return listOf([message as RouteProto], virtualHost, place, parse);
        if (type === ROUTE_LIST) {
          return listOf((message as RouteListConfig).routes, virtualHost, place.child('routes'), parse);
        }
        at.error(`Didn't find a registered implementation for '${name}' with type URL: '${type}'`, {
          expected: `typed_config of type.googleapis.com/${ROUTE} or ${ROUTE_LIST}`,
        });
        return undefined;
      },
    },
    ctx,
  );
  const routes = new MatcherRoutes(factory);
  parse.bindings.push(routes);
  return routes;
}

function listOf(
  routes: readonly RouteProto[],
  virtualHost: VirtualHostLevel,
  ctx: ConfigContext,
  parse: RouteParseContext,
): RouteList {
  // Envoy does not ask whether the clusters of these routes exist.
  const unchecked = { ...parse, clusters: [] };
  const candidates = routes.map((route) => parseRoute(route, virtualHost, ctx, unchecked));
  return new RouteList(candidates.filter((candidate) => candidate !== undefined));
}
