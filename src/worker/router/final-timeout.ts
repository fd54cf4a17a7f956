import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { RequestTimeouts, RouteEntry } from '../../../sdk/router.ts';
import { setKnown, traitsOf } from '../../common/headers/header-entries.ts';
import { nameTable } from '../../common/headers/name-table.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import { Trait } from '../../common/headers/traits.ts';
import { cappedTimeouts, requestTimeoutsOf } from '../../common/router/request-timeouts.ts';
import { formatGrpcTimeout, grpcTimeoutMs } from '../http/grpc-timeout.ts';

const envoyExpectedRequestTimeoutMsId = nameTable.idOf(HeaderNames.EnvoyExpectedRequestTimeoutMs);

const INTEGER = /^\d{1,15}$/;

/** A whole number of a header; undefined when it is none. */
export function integerHeader(value: string | undefined): number | undefined {
  return value !== undefined && INTEGER.test(value.trim()) ? Number(value) : undefined;
}

/** From route and request headers, which are taken away (Envoy's FilterUtility::finalTimeout). */
export function finalTimeouts(
  route: RouteEntry,
  headers: RequestHeaderMap,
  isGrpc: boolean,
  respectExpectedTimeout: boolean,
): RequestTimeouts {
  const mayAsk = (traitsOf(headers) & (Trait.internalOnly | Trait.expectedTimeout)) !== 0;
  const ofRoute = isGrpc ? grpcTimeouts(route, headers) : route.requestTimeouts;
  return mayAsk ? askedTimeouts(ofRoute, route, headers, respectExpectedTimeout) : ofRoute;
}

function askedTimeouts(
  ofRoute: RequestTimeouts,
  { retryPolicy }: RouteEntry,
  headers: RequestHeaderMap,
  respectExpectedTimeout: boolean,
): RequestTimeouts {
  const globalMs = globalFromHeader(headers, respectExpectedTimeout) ?? ofRoute.globalMs;
  let perTryMs = retryPolicy === undefined ? 0 : Math.floor(retryPolicy.perTryTimeoutMs);
  const perTryHeader = headers.get(HeaderNames.EnvoyUpstreamRequestPerTryTimeoutMs);
  if (perTryHeader !== undefined) {
    perTryMs = integerHeader(perTryHeader) ?? perTryMs;
    headers.remove(HeaderNames.EnvoyUpstreamRequestPerTryTimeoutMs);
  }
  return cappedTimeouts(globalMs, perTryMs, ofRoute.perTryIdleMs);
}

function globalFromHeader(headers: RequestHeaderMap, respectExpected: boolean): number | undefined {
  if (respectExpected) {
    const expected = headers.get(HeaderNames.EnvoyExpectedRequestTimeoutMs);
    if (expected !== undefined) return integerHeader(expected);
  }
  const value = headers.get(HeaderNames.EnvoyUpstreamRequestTimeoutMs);
  if (value === undefined) return undefined;
  headers.remove(HeaderNames.EnvoyUpstreamRequestTimeoutMs);
  return integerHeader(value);
}

/** Where the route leaves it to the client of gRPC (the deprecated `max_grpc_timeout`). */
function grpcTimeouts(route: RouteEntry, headers: RequestHeaderMap): RequestTimeouts {
  const { maxGrpcTimeoutMs } = route;
  if (maxGrpcTimeoutMs === undefined || route.usingNewTimeouts) return route.requestTimeouts;
  let timeoutMs = grpcTimeoutMs(headers) ?? 0;
  const offsetMs = route.grpcTimeoutOffsetMs;
  if (offsetMs !== undefined && offsetMs < timeoutMs) timeoutMs -= offsetMs;
  const capped = maxGrpcTimeoutMs !== 0 && (timeoutMs === 0 || timeoutMs > maxGrpcTimeoutMs);
  return requestTimeoutsOf(capped ? maxGrpcTimeoutMs : timeoutMs, route.retryPolicy);
}

/** Tells the upstream how long it has (x-envoy-expected-rq-timeout-ms, grpc-timeout). */
export function setTimeoutHeaders(
  timeouts: RequestTimeouts,
  elapsedMs: number,
  route: RouteEntry,
  headers: RequestHeaderMap,
  options: { readonly insertExpected: boolean; readonly isGrpc: boolean; readonly hedging: boolean },
): void {
  const { globalMs, perTryMs } = timeouts;
  let expectedMs = options.hedging || perTryMs === 0 ? globalMs : perTryMs;
  if (expectedMs <= 0) return;
  // 0 would be no limit at all; the timer is about to fire anyway.
  if (globalMs > 0) expectedMs = elapsedMs >= globalMs ? 1 : Math.min(expectedMs, globalMs - elapsedMs);
  if (options.insertExpected) setKnown(headers, envoyExpectedRequestTimeoutMsId, `${expectedMs}`);
  if (options.isGrpc && !route.usingNewTimeouts && route.maxGrpcTimeoutMs !== undefined) {
    headers.set('grpc-timeout', formatGrpcTimeout(expectedMs));
  }
}
