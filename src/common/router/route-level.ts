import type { CorsPolicy, RetryPolicy, ShadowPolicy, VirtualHost } from '../../../sdk/router.ts';
import type { Struct } from '../../../sdk/stream-info.ts';
import type { HeaderMutations } from './header-mutations.ts';
import type { PerFilterConfigs } from './per-filter-config.ts';
import type { VirtualClusters } from './virtual-clusters.ts';

/** What each level of a route configuration may say. */
export interface RouteLevel {
  readonly filterConfigs: PerFilterConfigs | undefined;
  readonly requestMutations: HeaderMutations | undefined;
  readonly responseMutations: HeaderMutations | undefined;
}

/** The outermost level. */
export interface RouteConfigLevel extends RouteLevel {
  readonly name: string;
  readonly metadata: ReadonlyMap<string, Struct>;
  readonly shadowPolicies: readonly ShadowPolicy[];
  readonly mostSpecificHeaderMutationsWins: boolean;
  readonly ignorePathParameters: boolean;
  readonly maxDirectResponseBodySizeBytes: number;
}

/** What the routes of a virtual host share. */
export interface VirtualHostLevel extends RouteLevel, VirtualHost {
  readonly routeConfig: RouteConfigLevel;
  readonly retryPolicy: RetryPolicy | undefined;
  readonly hedgeOnPerTryTimeout: boolean;
  readonly shadowPolicies: readonly ShadowPolicy[];
  readonly virtualClusters: VirtualClusters | undefined;
  readonly includeAttemptCountInRequest: boolean;
  readonly includeAttemptCountInResponse: boolean;
  readonly requestBodyBufferLimit: number | undefined;
  readonly corsPolicy: CorsPolicy | undefined;
}

/** Mutations of all levels in the order in which they are made; later ones win. Undefined when there is none. */
export function orderMutations(
  mutations: readonly (HeaderMutations | undefined)[],
  mostSpecificLast: boolean,
): readonly HeaderMutations[] | undefined {
  const present = mutations.filter((level) => level !== undefined);
  if (present.length === 0) return undefined;
  return mostSpecificLast ? present.reverse() : present;
}
