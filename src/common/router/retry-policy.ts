import type {
  RetryPolicy_RateLimitedRetryBackOff,
  RetryPolicy as RetryPolicyConfig,
} from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { resolveExtension } from '../../../sdk/extension.ts';
import type {
  RateLimitedBackOff,
  RetryHostPredicate,
  RetryHostPredicateExtension,
  RetryPolicy,
  RetryPriority,
  RetryPriorityExtension,
} from '../../../sdk/router.ts';
import { parseHeaderMatchers } from '../matcher/header-matcher.ts';
import { durationMs } from '../upstream/proto-values.ts';
import { parseRetryGrpcOn, parseRetryOn } from './retry-on.ts';

const DEFAULT_RATE_LIMITED_MAX_MS = 300_000;

export function parseRetryPolicy(config: RetryPolicyConfig, ctx: ConfigContext): RetryPolicy {
  ctx.requireSupported(config, [
    'retryOn',
    'numRetries',
    'perTryTimeout',
    'perTryIdleTimeout',
    'retryPriority',
    'retryHostPredicate',
    'hostSelectionRetryMaxAttempts',
    'retriableStatusCodes',
    'retryBackOff',
    'rateLimitedRetryBackOff',
    'retriableHeaders',
    'retriableRequestHeaders',
    'retryOptionsPredicates',
    'refreshClusterOnRetry',
  ]);
  refuseOptionsPredicates(config, ctx);
  const backOff = parseBackOff(config, ctx);
  return Object.freeze({
    retryOn: parseRetryOn(config.retryOn).bits | parseRetryGrpcOn(config.retryOn).bits,
    numRetries: config.numRetries ?? 1,
    perTryTimeoutMs: durationMs(config.perTryTimeout) ?? 0,
    perTryIdleTimeoutMs: durationMs(config.perTryIdleTimeout) ?? 0,
    hostSelectionMaxAttempts: Number(config.hostSelectionRetryMaxAttempts) || 1,
    retriableStatusCodes: config.retriableStatusCodes,
    retriableHeaders: parseHeaderMatchers(config.retriableHeaders, ctx, 'retriable_headers'),
    retriableRequestHeaders: parseHeaderMatchers(config.retriableRequestHeaders, ctx, 'retriable_request_headers'),
    ...backOff,
    rateLimitedBackOff: parseRateLimited(config.rateLimitedRetryBackOff),
    hostPredicates: parseHostPredicates(config, ctx),
    retryPriority: parseRetryPriority(config, ctx),
    refreshClusterOnRetry: config.refreshClusterOnRetry,
  });
}

function parseBackOff(config: RetryPolicyConfig, ctx: ConfigContext) {
  const base = durationMs(config.retryBackOff?.baseInterval);
  const max = durationMs(config.retryBackOff?.maxInterval);
  if (base !== undefined && max !== undefined && max < base) {
    ctx.child('retry_back_off').error('retry_policy.max_interval must greater than or equal to the base_interval');
  }
  // Less than a millisecond is one: a back-off is counted in them.
  return {
    baseIntervalMs: base === undefined ? undefined : Math.max(1, Math.floor(base)),
    maxIntervalMs: max === undefined ? undefined : Math.max(1, Math.floor(max)),
  };
}

function parseRateLimited(config: RetryPolicy_RateLimitedRetryBackOff | undefined): RateLimitedBackOff | undefined {
  if (config === undefined) return undefined;
  return {
    resetHeaders: config.resetHeaders.map(({ name, format }) => ({
      name: name.toLowerCase(),
      format: format === 1 ? 'UNIX_TIMESTAMP' : 'SECONDS',
    })),
    maxIntervalMs: durationMs(config.maxInterval) ?? DEFAULT_RATE_LIMITED_MAX_MS,
  };
}

function parseHostPredicates(config: RetryPolicyConfig, ctx: ConfigContext): readonly (() => RetryHostPredicate)[] {
  const factories: (() => RetryHostPredicate)[] = [];
  for (const [i, { name, configType }] of config.retryHostPredicate.entries()) {
    const at = ctx.child('retry_host_predicate', i);
    const resolved = resolveExtension<RetryHostPredicateExtension>(at, 'envoy.retry_host_predicates', {
      name,
      typedConfig: configType.value,
    });
    if (resolved !== undefined) factories.push(() => resolved.extension.createPredicate(resolved.config));
  }
  return factories;
}

function parseRetryPriority(config: RetryPolicyConfig, ctx: ConfigContext): (() => RetryPriority) | undefined {
  const { retryPriority } = config;
  if (retryPriority === undefined) return undefined;
  const resolved = resolveExtension<RetryPriorityExtension>(ctx.child('retry_priority'), 'envoy.retry_priorities', {
    name: retryPriority.name,
    typedConfig: retryPriority.configType.value,
  });
  return resolved && (() => resolved.extension.createRetryPriority(resolved.config));
}

/** There is none in Envoy either. */
function refuseOptionsPredicates({ retryOptionsPredicates }: RetryPolicyConfig, ctx: ConfigContext): void {
  for (const [i, { name, typedConfig }] of retryOptionsPredicates.entries()) {
    const at = ctx.child('retry_options_predicates', i);
    const type = typedConfig && at.child('typed_config').unpack(typedConfig)?.$typeName;
    at.error(`Didn't find a registered implementation for '${name}' with type URL: '${type ?? ''}'`);
  }
}
