import type { Route, RouteEntry } from '../../../sdk/router.ts';
import type { Struct } from '../../../sdk/stream-info.ts';
import { requestTimeoutsOf } from '../../common/router/request-timeouts.ts';

/** The route of a request that we make ourselves: to one cluster, nothing changed on the way (Envoy's NullRouteImpl). */
export function createAsyncRoute(clusterName: string, timeoutMs: number): Route {
  const routeEntry: RouteEntry = {
    clusterName,
    clusterNotFoundResponseCode: 500,
    priority: 'default',
    requestTimeouts: requestTimeoutsOf(timeoutMs, undefined),
    idleTimeoutMs: undefined,
    maxStreamDurationMs: undefined,
    grpcTimeoutHeaderMaxMs: undefined,
    grpcTimeoutHeaderOffsetMs: undefined,
    maxGrpcTimeoutMs: undefined,
    grpcTimeoutOffsetMs: undefined,
    usingNewTimeouts: false,
    retryPolicy: undefined,
    hedgeOnPerTryTimeout: false,
    shadowPolicies: [],
    internalRedirectPolicy: undefined,
    hashPolicy: undefined,
    metadataMatch: undefined,
    connectConfig: undefined,
    autoHostRewrite: false,
    appendXForwardedHost: false,
    includeAttemptCountInRequest: false,
    includeAttemptCountInResponse: false,
    requestBodyBufferLimit: undefined,
    routeStats: undefined,
    corsPolicies: [],
    rateLimits: [],
    includeVirtualHostRateLimits: false,
    refreshed: () => undefined,
    virtualCluster: () => undefined,
    upgradeEnabled: () => undefined,
    requestHostValue: ({ host }) => host,
    finalizeRequestHeaders: () => {},
    finalize1xxHeaders: () => {},
    finalizeResponseHeaders: () => {},
  };
  const metadata = new Map<string, Struct>();
  return {
    routeName: '',
    virtualHost: {
      name: 'async',
      routeConfigName: 'async',
      ignorePathParameters: false,
      includeIsTimeoutRetryHeader: false,
      metadata,
      rateLimits: [],
    },
    metadata,
    directResponse: undefined,
    routeEntry,
    filterDisabled: () => undefined,
    perFilterConfig: () => undefined,
    perFilterConfigs: () => [],
  };
}
