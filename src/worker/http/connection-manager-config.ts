import type { AccessLog, OverloadState, Runtime, ScaledTimeouts } from '../../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { EarlyHeaderMutation, HttpFilterChain, RequestIdGenerator } from '../../../sdk/http.ts';
import type { Route, RouteRequest } from '../../../sdk/router.ts';
import type { Scope } from '../../../sdk/stats.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type { ThreadLocalClusterManager } from '../../../sdk/upstream.ts';
import type { RouteResolutionTime } from '../../common/stream-info/route-resolution-time.ts';
import type { CodecFactory } from './codec-factory.ts';
import type {
  CodeStats,
  ConnectionManagerStats,
  RouteResolutionStats,
  TracingStats,
} from './connection-manager-stats.ts';
import type { DateProvider } from './date-provider.ts';
import type { HostOptions } from './host-normalization.ts';
import type { LocalReplyRewriter } from './local-reply.ts';
import type { PathOptions } from './path-normalization.ts';
import type { PendingOutputs } from './pending-outputs.ts';
import type { ProxyStatusOptions } from './proxy-status.ts';
import type { RequestHeaderOptions } from './request-headers.ts';
import type { TracingOptions } from './tracing.ts';

/** Envoy's PASS_THROUGH and kin. */
export type ServerHeaderTransformation = 'Overwrite' | 'AppendIfAbsent' | 'PassThrough';

/** Times in milliseconds; 0 = off. */
export interface ConnectionManagerTimeouts {
  /** Without a stream; default 1 h. */
  readonly idleMs: number;
  readonly maxConnectionDurationMs: number;
  readonly maxStreamDurationMs: number;
  /** Of a stream without activity; default 5 min. */
  readonly streamIdleMs: number;
  /** Until the request has arrived whole. */
  readonly requestMs: number;
  /** Until the request's headers have arrived. */
  readonly requestHeadersMs: number;
  /** Default 5 s. */
  readonly drainMs: number;
  /** So much, as a part of the time itself, may be added at random. */
  readonly drainJitter: number;
  readonly maxConnectionDurationJitter: number;
  /** Default 1 s. */
  readonly delayedCloseMs: number;
}

export interface AccessLogOptions {
  readonly flushOnNewRequest: boolean;
  readonly flushIntervalMs: number;
  /** When an upgrade or CONNECT has been accepted. */
  readonly flushOnTunnel: boolean;
}

/** The routes that requests are matched against; a stream keeps the table that it began with. */
export interface RouteTable {
  readonly internalOnlyHeaders: readonly string[];
  route(request: RouteRequest): Route | undefined;
  /** Of the virtual host that the request is for, if only none of its routes is. */
  virtualHost(headers: RequestHeaderMap): StreamInfo['matchedVirtualHost'];
}

/** Where the table comes from: inline, or a scope key's (scoped_routes). Undefined = no scope matches. */
export interface RouteTableProvider {
  routeTable(headers: RequestHeaderMap | undefined): RouteTable | undefined;
}

/** A configured `upgrade_configs` entry, by upgrade type in lower case. */
export interface UpgradeConfig {
  readonly enabled: boolean;
  /** Undefined = the filters of all requests. */
  readonly filters: HttpFilterChain | undefined;
}

/** All that the connections of one configured connection manager share on a worker. */
export interface ConnectionManagerConfig {
  readonly stats: ConnectionManagerStats;
  readonly listenerStats: CodeStats;
  /** Undefined = not recorded. */
  readonly routeResolution: RouteResolutionStats | undefined;
  readonly routeResolutionTime: RouteResolutionTime;
  readonly tracingStats: TracingStats | undefined;
  /** `http.<stat_prefix>.`, for the statistics of user agents. */
  readonly scope: Scope;
  readonly createCodec: CodecFactory;
  readonly acceptHttp10: boolean;
  readonly defaultHostForHttp10: string;
  readonly routes: RouteTableProvider;
  readonly filterChain: HttpFilterChain;
  /** Undefined when no upgrade is configured. */
  readonly upgrades: ReadonlyMap<string, UpgradeConfig> | undefined;
  /** Undefined when there is none. */
  readonly accessLogs: readonly AccessLog[] | undefined;
  readonly accessLogOptions: AccessLogOptions | undefined;
  readonly timeouts: ConnectionManagerTimeouts;
  readonly maxRequestsPerConnection: number;
  readonly http1SafeMaxConnectionDuration: boolean;
  /** The router makes of `:scheme` what it speaks to the upstream. */
  readonly schemeMatchesUpstream: boolean;
  readonly serverName: string;
  readonly serverHeaderTransformation: ServerHeaderTransformation;
  readonly via: string;
  readonly dates: DateProvider;
  readonly pendingOutputs: PendingOutputs;
  /** Undefined = no Proxy-Status header. */
  readonly proxyStatus: ProxyStatusOptions | undefined;
  readonly proxy100Continue: boolean;
  readonly localReply: LocalReplyRewriter | undefined;
  /** Made before anything else is done to a request's headers. */
  readonly earlyHeaderMutations: readonly EarlyHeaderMutation[];
  readonly requestHeaders: RequestHeaderOptions;
  /** Undefined when paths are taken as they come. */
  readonly path: PathOptions | undefined;
  /** Undefined when hosts are taken as they come. */
  readonly host: HostOptions | undefined;
  readonly requestId: RequestIdGenerator;
  readonly alwaysSetRequestIdInResponse: boolean;
  /** Undefined where no overload manager is configured. */
  readonly overload: OverloadState | undefined;
  /** Undefined where no timeout is ever shortened. */
  readonly scaledTimeouts: ScaledTimeouts | undefined;
  /** Undefined = nothing is traced. */
  readonly tracing: TracingOptions | undefined;
  /** Replies to what is shed are marked. */
  readonly appendLocalOverload: boolean;
  readonly clusterManager: ThreadLocalClusterManager;
  readonly runtime: Runtime;
  /** Logs and counts what a filter has thrown. */
  reportFilterFault(error: unknown): void;
}
