import type { Random } from '../../../sdk/event.ts';
import type { AccessLog, OverloadState, Runtime, ServerFactoryContext } from '../../../sdk/extension.ts';
import type { HttpFilterChain } from '../../../sdk/http.ts';
import type { Counter, Scope } from '../../../sdk/stats.ts';
import type { ThreadLocalClusterManager } from '../../../sdk/upstream.ts';
import { joinStatNames } from '../../common/stats/stat-name.ts';
import type { CodeStats } from './code-stats.ts';
import type { TimeoutQueues } from './timeout-queues.ts';

/** Statistics under `http.<stat_prefix>.` that the router writes (Envoy's ALL_ROUTER_STATS). */
export interface RouterStats {
  readonly noCluster: Counter;
  readonly noRoute: Counter;
  readonly passthroughInternalRedirectBadLocation: Counter;
  readonly passthroughInternalRedirectNoRoute: Counter;
  readonly passthroughInternalRedirectPredicate: Counter;
  readonly passthroughInternalRedirectTooManyRedirects: Counter;
  readonly passthroughInternalRedirectUnsafeScheme: Counter;
  readonly rqDirectResponse: Counter;
  readonly rqOverloadLocalReply: Counter;
  readonly rqRedirect: Counter;
  readonly rqResetAfterDownstreamResponseStarted: Counter;
  readonly rqTotal: Counter;
}

/** @param prefix taken as it is, as Envoy does: unlike in other statistics of a connection manager `:` stays */
export function createRouterStats(root: Scope, prefix: string): RouterStats {
  const prefixName = joinStatNames(prefix);
  const counter = (name: string): Counter => root.counter(`${prefixName}.${name}`);
  return {
    noCluster: counter('no_cluster'),
    noRoute: counter('no_route'),
    passthroughInternalRedirectBadLocation: counter('passthrough_internal_redirect_bad_location'),
    passthroughInternalRedirectNoRoute: counter('passthrough_internal_redirect_no_route'),
    passthroughInternalRedirectPredicate: counter('passthrough_internal_redirect_predicate'),
    passthroughInternalRedirectTooManyRedirects: counter('passthrough_internal_redirect_too_many_redirects'),
    passthroughInternalRedirectUnsafeScheme: counter('passthrough_internal_redirect_unsafe_scheme'),
    rqDirectResponse: counter('rq_direct_response'),
    rqOverloadLocalReply: counter('rq_overload_local_reply'),
    rqRedirect: counter('rq_redirect'),
    rqResetAfterDownstreamResponseStarted: counter('rq_reset_after_downstream_response_started'),
    rqTotal: counter('rq_total'),
  };
}

/** Of requests that no client sent: mirrored ones, for instance. There from the start, as in Envoy. */
export function asyncClientStats(context: ServerFactoryContext): RouterStats {
  return context.singleton('async_client_stats', () => createRouterStats(context.scope, 'http.async-client.'));
}

/** Upstream access logs. */
export interface UpstreamLogs {
  readonly accessLogs: readonly AccessLog[];
  readonly flushOnUpstreamStream: boolean;
  /** 0 = at the end only. */
  readonly flushIntervalMs: number;
}

/** What all requests of one configured router share on a worker. */
export interface RouterConfig {
  readonly stats: RouterStats;
  readonly codeStats: CodeStats;
  readonly timeouts: TimeoutQueues;
  readonly clusterManager: ThreadLocalClusterManager;
  readonly runtime: Runtime;
  readonly random: Random;
  /** Of this proxy: what mirrored requests are forwarded for. */
  readonly localAddress: string;
  /** The same, but for the statistics: those of `http.async-client.`. */
  forShadows(): RouterConfig;
  /** Default true. */
  readonly dynamicStats: boolean;
  readonly suppressEnvoyHeaders: boolean;
  readonly respectExpectedRqTimeout: boolean;
  readonly suppressGrpcRequestFailureCodeStats: boolean;
  /** What a client of CONNECT sends before it is answered is none of its business. */
  readonly rejectConnectRequestEarlyData: boolean;
  /** Undefined where no overload manager is configured, and for mirrored requests. */
  readonly overload: OverloadState | undefined;
  /** Names in lower case; undefined = none is checked. */
  readonly strictCheckHeaders: readonly string[] | undefined;
  /** Undefined when there is none. */
  readonly upstreamLogs: UpstreamLogs | undefined;
  /** Between the router and clusters that have none of their own; undefined = none. The codec is not among them. */
  readonly upstreamHttpFilters: HttpFilterChain | undefined;
  /** Logs and counts what such a filter has thrown. */
  reportFilterFault(error: unknown): void;
}
