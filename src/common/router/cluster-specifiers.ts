import type { ClusterSpecifierPlugin } from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { resolveExtension, type ServerFactoryContext } from '../../../sdk/extension.ts';
import type { ClusterSpecifier, ClusterSpecifierExtension } from '../../../sdk/router.ts';
import type { ClusterSpecifierHolder } from './cluster-choice.ts';
import { type RouteBinding, type RouteParseContext, referToCluster } from './parse-context.ts';

const CATEGORY = 'envoy.router.cluster_specifier_plugin';

class BoundSpecifier implements ClusterSpecifierHolder, RouteBinding {
  readonly #create: (context: ServerFactoryContext) => ClusterSpecifier;
  specifier: ClusterSpecifier | undefined = undefined;

  constructor(create: (context: ServerFactoryContext) => ClusterSpecifier) {
    this.#create = create;
  }

  bind(context: ServerFactoryContext): void {
    this.specifier ??= this.#create(context);
  }
}

/** What plugins leave with the route table. */
type Noted = Pick<RouteParseContext, 'bindings' | 'clusters'>;

/** Stands for an optional one that is not there: its routes are no routes. */
const NONE: ClusterSpecifierHolder = Object.freeze({ specifier: undefined });

/** `cluster_specifier_plugins` of a route configuration, by name; of two of one name the first counts. */
export function parseClusterSpecifiers(
  configs: readonly ClusterSpecifierPlugin[],
  ctx: ConfigContext,
  parse: Noted,
): ReadonlyMap<string, ClusterSpecifierHolder> {
  const holders = new Map<string, ClusterSpecifierHolder>();
  for (const [i, config] of configs.entries()) {
    const holder = parseClusterSpecifier(config, ctx.child('cluster_specifier_plugins', i), parse);
    const name = config.extension?.name ?? '';
    if (!holders.has(name)) holders.set(name, holder);
  }
  return holders;
}

export function parseClusterSpecifier(
  { extension: named, isOptional }: ClusterSpecifierPlugin,
  ctx: ConfigContext,
  parse: Noted,
): ClusterSpecifierHolder {
  const at = ctx.child('extension');
  const { name = '', typedConfig } = named ?? {};
  if (isOptional && typedConfig !== undefined) {
    const message = at.child('typed_config').unpack(typedConfig);
    if (message === undefined || at.extensions?.byConfigType(CATEGORY, message.$typeName) === undefined) return NONE;
  }
  const resolved = resolveExtension<ClusterSpecifierExtension>(at, CATEGORY, { name, typedConfig });
  if (resolved === undefined) return NONE;
  const { extension, config } = resolved;
  const holder = new BoundSpecifier((context) => extension.createClusterSpecifier(config, context));
  parse.bindings.push(holder);
  for (const { name: cluster, where } of extension.clusters?.(config) ?? []) {
    referToCluster('cluster', cluster, at, parse, where);
  }
  return holder;
}
