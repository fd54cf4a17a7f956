/** What a matched route says (envoy/router/router.h). Implementation: src/common/router. */
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from './headers.ts';
import type { StreamInfo, Struct } from './stream-info.ts';

export interface VirtualHost {
  readonly name: string;
  /** Statistic-safe name: `vhost.<name>.`. */
  readonly routeConfigName: string;
}

/** What all routes have. */
export interface Route {
  readonly routeName: string;
  readonly virtualHost: VirtualHost;
  readonly metadata: ReadonlyMap<string, Struct>;
  /** Exactly one of these is set. */
  readonly directResponse: DirectResponseEntry | undefined;
  readonly routeEntry: RouteEntry | undefined;
  /** True = this filter is switched off on this route; undefined = not said. */
  filterDisabled(filterName: string): boolean | undefined;
  /** The most specific configuration of a filter by its name in the chain. */
  perFilterConfig(filterName: string): unknown;
  /** Every level's, least specific first. */
  perFilterConfigs(filterName: string): readonly unknown[];
}

/** Redirects and direct responses. */
export interface DirectResponseEntry {
  readonly responseCode: number;
  /** `Location` of a redirect; undefined for a direct response. */
  newUri(headers: RequestHeaderMap, streamInfo: StreamInfo): string | undefined;
  /** Body text, formatted where the configuration says so. */
  responseBody(headers: RequestHeaderMap, streamInfo: StreamInfo): string;
  readonly responseContentType: string | undefined;
  rewritePathHeader(headers: RequestHeaderMap, insertOriginalPath: boolean): void;
  finalizeResponseHeaders(headers: ResponseHeaderMap, requestHeaders: RequestHeaderMap, streamInfo: StreamInfo): void;
}
export type RoutePriority = 'default' | 'high';

/** The router filter's own contract with the route table grows in src/common/router (RouteEntry there extends this). */
export interface RouteEntry {
  readonly clusterName: string;
  readonly priority: RoutePriority;
  /** Milliseconds; 0 = none. */
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number | undefined;
  /** `max_stream_duration.max_stream_duration`: instead of the connection manager's; 0 = none. */
  readonly maxStreamDurationMs?: number | undefined;
  /** `upgrade_configs` of the route by type in lower case (`connect` for CONNECT); undefined = not said. */
  upgradeEnabled?(upgradeType: string): boolean | undefined;
  finalizeRequestHeaders(headers: RequestHeaderMap, streamInfo: StreamInfo, insertOriginalPath: boolean): void;
  finalizeResponseHeaders(headers: ResponseHeaderMap, requestHeaders: RequestHeaderMap, streamInfo: StreamInfo): void;
  finalizeResponseTrailers?(trailers: HeaderMap): void;
}
