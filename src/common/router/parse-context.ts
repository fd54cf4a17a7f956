import type { RouteStatsHolder } from './route-stats.ts';

/** A cluster that a configuration names outright. */
export interface ClusterReference {
  readonly name: string;
  readonly kind: 'cluster' | 'weighted cluster' | 'shadow cluster';
  readonly path: string;
}

/** What is handed down while a RouteConfiguration is parsed, and gathered on the way. */
export interface RouteParseContext {
  readonly clusters: ClusterReference[];
  readonly statHolders: RouteStatsHolder[];
}
