import type {
  FaultDelay,
  FaultRateLimit,
} from '../../../../../api/generated/envoy/extensions/filters/common/fault/v3/fault_pb.ts';
import type {
  FaultAbort,
  HTTPFault,
} from '../../../../../api/generated/envoy/extensions/filters/http/fault/v3/fault_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { RuntimeFraction } from '../../../../../sdk/router.ts';
import type { Struct } from '../../../../../sdk/stream-info.ts';
import { type HeaderMatcher, parseHeaderMatchers } from '../../../../common/matcher/header-matcher.ts';
import { parseFraction } from '../../../../common/router/runtime-fraction.ts';
import { durationMs } from '../../../../common/upstream/proto-values.ts';

type Percentage = Omit<RuntimeFraction, 'runtimeKey'>;

/** A number of the configuration, or what the request's own header says: `header` of the percentage too, then. */
export interface Delay {
  readonly percentage: Percentage;
  /** Undefined = by header. */
  readonly fixedMs: number | undefined;
}

export interface Abort {
  readonly percentage: Percentage;
  readonly kind: 'http' | 'grpc' | 'header';
  readonly status: number;
  readonly body: string;
}

export interface RateLimit {
  readonly percentage: Percentage;
  /** KiB a second; undefined = by header. */
  readonly fixedKbps: number | undefined;
}

/** Runtime keys by what they stand over. */
export interface FaultRuntimeKeys {
  readonly delayPercent: string;
  readonly delayDuration: string;
  readonly abortPercent: string;
  readonly abortHttpStatus: string;
  readonly abortGrpcStatus: string;
  readonly maxActiveFaults: string;
  readonly responseRateLimitPercent: string;
}

export interface FaultConfig {
  readonly delay: Delay | undefined;
  readonly abort: Abort | undefined;
  readonly responseRateLimit: RateLimit | undefined;
  /** '' = any. */
  readonly upstreamCluster: string;
  /** Empty = any. */
  readonly downstreamNodes: ReadonlySet<string>;
  readonly headers: readonly HeaderMatcher[];
  readonly maxActiveFaults: number;
  readonly keys: FaultRuntimeKeys;
  readonly downstreamClusterStats: boolean;
  readonly metadata: Struct;
}

export function parseFault(config: HTTPFault, ctx: ConfigContext): FaultConfig {
  return Object.freeze({
    delay: config.delay && parseDelay(config.delay),
    abort: config.abort && parseAbort(config.abort),
    responseRateLimit: config.responseRateLimit && parseRateLimit(config.responseRateLimit),
    upstreamCluster: config.upstreamCluster,
    downstreamNodes: new Set(config.downstreamNodes),
    headers: parseHeaderMatchers(config.headers, ctx),
    maxActiveFaults: config.maxActiveFaults ?? Number.POSITIVE_INFINITY,
    keys: parseKeys(config),
    downstreamClusterStats: !config.disableDownstreamClusterStats,
    metadata: (config.filterMetadata ?? {}) as Struct,
  });
}

function parseDelay({ percentage, faultDelaySecifier: specifier }: FaultDelay): Delay {
  const fixedMs = specifier.case === 'fixedDelay' ? Math.floor(durationMs(specifier.value) ?? 0) : undefined;
  return { percentage: parseFraction(percentage), fixedMs };
}

function parseAbort({ percentage, errorType, responseBody }: FaultAbort): Abort {
  const base = { percentage: parseFraction(percentage), body: responseBody };
  switch (errorType.case) {
    case 'httpStatus':
      return { ...base, kind: 'http', status: errorType.value };
    case 'grpcStatus':
      return { ...base, kind: 'grpc', status: errorType.value };
    default:
      return { ...base, kind: 'header', status: 0 };
  }
}

function parseRateLimit({ percentage, limitType }: FaultRateLimit): RateLimit {
  const fixedKbps = limitType.case === 'fixedLimit' ? Number(limitType.value.limitKbps) : undefined;
  return { percentage: parseFraction(percentage), fixedKbps };
}

function parseKeys(config: HTTPFault): FaultRuntimeKeys {
  return {
    delayPercent: config.delayPercentRuntime || 'fault.http.delay.fixed_delay_percent',
    delayDuration: config.delayDurationRuntime || 'fault.http.delay.fixed_duration_ms',
    abortPercent: config.abortPercentRuntime || 'fault.http.abort.abort_percent',
    abortHttpStatus: config.abortHttpStatusRuntime || 'fault.http.abort.http_status',
    abortGrpcStatus: config.abortGrpcStatusRuntime || 'fault.http.abort.grpc_status',
    maxActiveFaults: config.maxActiveFaultsRuntime || 'fault.http.max_active_faults',
    responseRateLimitPercent: config.responseRateLimitPercentRuntime || 'fault.http.rate_limit.response_percent',
  };
}
