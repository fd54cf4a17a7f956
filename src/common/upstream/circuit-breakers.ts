/** `circuit_breakers` of a cluster (envoy.config.cluster.v3.CircuitBreakers). */
import type {
  CircuitBreakers,
  CircuitBreakers_Thresholds,
} from '../../../api/generated/envoy/config/cluster/v3/circuit_breaker_pb.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { RoutePriority } from '../../../sdk/router.ts';

export interface RetryBudget {
  /** Percent of the active requests, default 20. */
  readonly budgetPercent: number;
  /** Default 3. */
  readonly minRetryConcurrency: number;
}

export interface Thresholds {
  readonly maxConnections: number;
  readonly maxPendingRequests: number;
  readonly maxRequests: number;
  readonly maxRetries: number;
  /** Infinity unless configured. */
  readonly maxConnectionPools: number;
  /** Of `per_host_thresholds`; Infinity unless configured. */
  readonly maxConnectionsPerHost: number;
  readonly retryBudget: RetryBudget | undefined;
  readonly trackRemaining: boolean;
}

export type CircuitBreakerThresholds = Readonly<Record<RoutePriority, Thresholds>>;

const PRIORITY_NUMBERS: Readonly<Record<RoutePriority, number>> = { default: 0, high: 1 };
const UNLIMITED = Number.POSITIVE_INFINITY;

export function parseCircuitBreakers(
  config: CircuitBreakers | undefined,
  ctx: ConfigContext,
): CircuitBreakerThresholds {
  config?.perHostThresholds.forEach((thresholds, index) => {
    checkPerHost(thresholds, ctx.child('per_host_thresholds', index));
  });
  return Object.freeze({ default: thresholdsOf(config, 'default'), high: thresholdsOf(config, 'high') });
}

function checkPerHost(thresholds: CircuitBreakers_Thresholds, ctx: ConfigContext): void {
  const { maxPendingRequests, maxRequests, maxRetries, maxConnectionPools, retryBudget, trackRemaining } = thresholds;
  const others = [maxPendingRequests, maxRequests, maxRetries, maxConnectionPools, retryBudget];
  if (trackRemaining || others.some((value) => value !== undefined)) {
    ctx.error('Unsupported field in per_host_thresholds', { expected: 'max_connections alone' });
  }
}

/** The first entry of a priority counts, as in Envoy. */
function thresholdsOf(config: CircuitBreakers | undefined, priority: RoutePriority): Thresholds {
  const number = PRIORITY_NUMBERS[priority];
  const own = config?.thresholds.find((entry) => entry.priority === number);
  const perHost = config?.perHostThresholds.find((entry) => entry.priority === number);
  const budget = own?.retryBudget;
  return Object.freeze({
    maxConnections: own?.maxConnections ?? 1024,
    maxPendingRequests: own?.maxPendingRequests ?? 1024,
    maxRequests: own?.maxRequests ?? 1024,
    maxRetries: own?.maxRetries ?? 3,
    maxConnectionPools: own?.maxConnectionPools ?? UNLIMITED,
    maxConnectionsPerHost: perHost?.maxConnections ?? UNLIMITED,
    retryBudget:
      budget === undefined
        ? undefined
        : {
            budgetPercent: budget.budgetPercent?.value ?? 20,
            minRetryConcurrency: budget.minRetryConcurrency ?? 3,
          },
    trackRemaining: own?.trackRemaining ?? false,
  });
}
