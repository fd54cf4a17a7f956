import type { ConfigContext } from '../../../sdk/config.ts';
import type { ClusterReference, ServerFactoryContext } from '../../../sdk/extension.ts';
import type { ClusterSpecifierHolder } from './cluster-choice.ts';

/** A part of the configuration that needs something of the worker it serves on. */
export interface RouteBinding {
  bind(context: RouteBindingContext): void;
}

/** Trees of matchers may ask for all of it, statistics and runtime are always there. */
export type RouteBindingContext = ServerFactoryContext;

/** What is handed down while a RouteConfiguration is parsed, and gathered on the way. */
export interface RouteParseContext {
  readonly clusters: ClusterReference[];
  /** What is made ready when a worker begins to serve the configuration. */
  readonly bindings: RouteBinding[];
  /** `cluster_specifier_plugins` by their names. */
  readonly clusterSpecifiers: ReadonlyMap<string, ClusterSpecifierHolder>;
}

/** Remembers a cluster that is named at `ctx`, unless it is known to be there. */
export function referToCluster(
  kind: ClusterReference['kind'],
  name: string,
  ctx: ConfigContext,
  { clusters }: Pick<RouteParseContext, 'clusters'>,
  where?: string,
): void {
  if (ctx.isChecked || ctx.resources?.hasCluster?.(name) === true) return;
  clusters.push({ name, kind, path: ctx.path, ...(where !== undefined && { where }) });
}
