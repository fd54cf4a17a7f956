/** `outlier_detection` of a cluster (envoy.config.cluster.v3.OutlierDetection), with Envoy's defaults. */
import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { durationMs } from './proto-values.ts';

/** How likely what was detected is to be acted on, in percent, by what it was. */
export interface OutlierEnforcement {
  readonly consecutive5xx: number;
  readonly consecutiveGatewayFailure: number;
  readonly consecutiveLocalOriginFailure: number;
  readonly successRate: number;
  readonly localOriginSuccessRate: number;
  readonly failurePercentage: number;
  readonly failurePercentageLocalOrigin: number;
}

export interface OutlierConfig {
  readonly intervalMs: number;
  readonly baseEjectionTimeMs: number;
  readonly maxEjectionTimeMs: number;
  readonly maxEjectionTimeJitterMs: number;
  readonly maxEjectionPercent: number;
  readonly alwaysEjectOneHost: boolean;
  readonly consecutive5xx: number;
  readonly consecutiveGatewayFailure: number;
  readonly consecutiveLocalOriginFailure: number;
  /** What went wrong on our side of the host is told apart from what it answered. */
  readonly splitsOrigins: boolean;
  readonly successRateMinimumHosts: number;
  readonly successRateRequestVolume: number;
  /** Thousandths of the standard deviation. */
  readonly successRateStdevFactor: number;
  readonly failurePercentageThreshold: number;
  readonly failurePercentageMinimumHosts: number;
  readonly failurePercentageRequestVolume: number;
  readonly enforcing: OutlierEnforcement;
  /** A good health check ends an ejection. */
  readonly unejectsOnHealthCheck: boolean;
}

const SUPPORTED = [
  'consecutive5xx',
  'interval',
  'baseEjectionTime',
  'maxEjectionPercent',
  'enforcingConsecutive5xx',
  'enforcingSuccessRate',
  'successRateMinimumHosts',
  'successRateRequestVolume',
  'successRateStdevFactor',
  'consecutiveGatewayFailure',
  'enforcingConsecutiveGatewayFailure',
  'splitExternalLocalOriginErrors',
  'consecutiveLocalOriginFailure',
  'enforcingConsecutiveLocalOriginFailure',
  'enforcingLocalOriginSuccessRate',
  'failurePercentageThreshold',
  'enforcingFailurePercentage',
  'enforcingFailurePercentageLocalOrigin',
  'failurePercentageMinimumHosts',
  'failurePercentageRequestVolume',
  'maxEjectionTime',
  'maxEjectionTimeJitter',
  'successfulActiveHealthCheckUnejectHost',
  'alwaysEjectOneHost',
] as const;

/** Undefined where there is none. */
export function parseOutlierDetection(
  { outlierDetection: message }: Cluster,
  ctx: ConfigContext,
): OutlierConfig | undefined {
  if (message === undefined) return undefined;
  const at = ctx.child('outlier_detection');
  at.requireSupported(message, SUPPORTED);
  const baseEjectionTimeMs = durationMs(message.baseEjectionTime) ?? 30_000;
  const maxEjectionTimeMs = durationMs(message.maxEjectionTime) ?? Math.max(300_000, baseEjectionTimeMs);
  if (maxEjectionTimeMs < baseEjectionTimeMs) {
    at.error("outlier detector's max_ejection_time cannot be smaller than base_ejection_time");
  }
  return Object.freeze({
    intervalMs: durationMs(message.interval) ?? 10_000,
    baseEjectionTimeMs,
    maxEjectionTimeMs,
    maxEjectionTimeJitterMs: durationMs(message.maxEjectionTimeJitter) ?? 0,
    maxEjectionPercent: message.maxEjectionPercent ?? 10,
    alwaysEjectOneHost: message.alwaysEjectOneHost ?? false,
    consecutive5xx: message.consecutive5xx ?? 5,
    consecutiveGatewayFailure: message.consecutiveGatewayFailure ?? 5,
    consecutiveLocalOriginFailure: message.consecutiveLocalOriginFailure ?? 5,
    splitsOrigins: message.splitExternalLocalOriginErrors,
    successRateMinimumHosts: message.successRateMinimumHosts ?? 5,
    successRateRequestVolume: message.successRateRequestVolume ?? 100,
    successRateStdevFactor: message.successRateStdevFactor ?? 1900,
    failurePercentageThreshold: message.failurePercentageThreshold ?? 85,
    failurePercentageMinimumHosts: message.failurePercentageMinimumHosts ?? 5,
    failurePercentageRequestVolume: message.failurePercentageRequestVolume ?? 50,
    enforcing: {
      consecutive5xx: message.enforcingConsecutive5xx ?? 100,
      consecutiveGatewayFailure: message.enforcingConsecutiveGatewayFailure ?? 0,
      consecutiveLocalOriginFailure: message.enforcingConsecutiveLocalOriginFailure ?? 100,
      successRate: message.enforcingSuccessRate ?? 100,
      localOriginSuccessRate: message.enforcingLocalOriginSuccessRate ?? 100,
      failurePercentage: message.enforcingFailurePercentage ?? 0,
      failurePercentageLocalOrigin: message.enforcingFailurePercentageLocalOrigin ?? 0,
    },
    unejectsOnHealthCheck: message.successfulActiveHealthCheckUnejectHost ?? true,
  });
}
