import type { ConfigContext } from '../../../sdk/config.ts';
import type { ParseHeaderFormat } from './header-format.ts';
import type { RouteStatsHolder } from './route-stats.ts';

/** A cluster that a configuration names outright. */
export interface ClusterReference {
  readonly name: string;
  readonly kind: 'cluster' | 'weighted cluster' | 'shadow cluster';
  readonly path: string;
}

/** What is handed down while a RouteConfiguration is parsed, and gathered on the way. */
export interface RouteParseContext {
  readonly parseFormat: ParseHeaderFormat;
  readonly clusters: ClusterReference[];
  readonly statHolders: RouteStatsHolder[];
  /** Reads `filename` and `environment_variable` of direct responses; an error is a value. */
  readonly readDataSource: DataSourceReader;
}

export type DataSourceReader = (
  source: { readonly kind: 'file' | 'environment'; readonly name: string },
  ctx: ConfigContext,
) => string | undefined;
