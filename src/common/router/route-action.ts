import type {
  ConnectConfig,
  CorsPolicy,
  HashPolicy,
  InternalRedirectPolicy,
  RateLimitPolicy,
  RequestTimeouts,
  RetryPolicy,
  RoutePriority,
  ShadowPolicy,
} from '../../../sdk/router.ts';
import type { HostRewrite } from './host-rewrite.ts';
import type { PathRewrite } from './path-rewrite.ts';
import { requestTimeoutsOf } from './request-timeouts.ts';

/** Timeouts of a route in ms; undefined = not configured. */
export interface RouteTimeouts {
  /** 0 = none. */
  readonly timeoutMs: number;
  readonly idleTimeoutMs: number | undefined;
  readonly maxStreamDurationMs: number | undefined;
  readonly grpcTimeoutHeaderMaxMs: number | undefined;
  readonly grpcTimeoutHeaderOffsetMs: number | undefined;
  readonly maxGrpcTimeoutMs: number | undefined;
  readonly grpcTimeoutOffsetMs: number | undefined;
  readonly usingNewTimeouts: boolean;
}

export const DEFAULT_TIMEOUTS: RouteTimeouts = Object.freeze({
  timeoutMs: 15_000,
  idleTimeoutMs: undefined,
  maxStreamDurationMs: undefined,
  grpcTimeoutHeaderMaxMs: undefined,
  grpcTimeoutHeaderOffsetMs: undefined,
  maxGrpcTimeoutMs: undefined,
  grpcTimeoutOffsetMs: undefined,
  usingNewTimeouts: false,
});

/** `upgrade_configs` of a route: allowed or not by type in lower case. */
export interface RouteUpgrades {
  readonly enabled: ReadonlyMap<string, boolean>;
  readonly connectConfig: ConnectConfig | undefined;
}

/** A checked RouteAction but for where it goes to. */
export interface RouteActionConfig {
  readonly clusterNotFoundResponseCode: number;
  readonly priority: RoutePriority;
  readonly timeouts: RouteTimeouts;
  readonly requestTimeouts: RequestTimeouts;
  readonly retryPolicy: RetryPolicy | undefined;
  readonly hedgeOnPerTryTimeout: boolean;
  readonly shadowPolicies: readonly ShadowPolicy[];
  readonly internalRedirectPolicy: InternalRedirectPolicy | undefined;
  readonly hashPolicy: HashPolicy | undefined;
  readonly metadataMatch: ReadonlyMap<string, unknown> | undefined;
  readonly upgrades: RouteUpgrades | undefined;
  readonly pathRewrite: PathRewrite | undefined;
  readonly hostRewrite: HostRewrite | undefined;
  readonly autoHostRewrite: boolean;
  readonly appendXForwardedHost: boolean;
  readonly corsPolicies: readonly CorsPolicy[];
  readonly rateLimits: readonly RateLimitPolicy[];
  readonly includeVirtualHostRateLimits: boolean;
}

/** What an action says that says nothing. */
export const DEFAULT_ACTION: RouteActionConfig = Object.freeze({
  clusterNotFoundResponseCode: 503,
  priority: 'default',
  timeouts: DEFAULT_TIMEOUTS,
  requestTimeouts: requestTimeoutsOf(DEFAULT_TIMEOUTS.timeoutMs, undefined),
  retryPolicy: undefined,
  hedgeOnPerTryTimeout: false,
  shadowPolicies: [],
  internalRedirectPolicy: undefined,
  hashPolicy: undefined,
  metadataMatch: undefined,
  upgrades: undefined,
  pathRewrite: undefined,
  hostRewrite: undefined,
  autoHostRewrite: false,
  appendXForwardedHost: false,
  corsPolicies: [],
  rateLimits: [],
  includeVirtualHostRateLimits: false,
});
