import type { LocalRateLimitDescriptor } from '../../../../../api/generated/envoy/extensions/common/ratelimit/v3/ratelimit_pb.ts';
import type { LocalRateLimit } from '../../../../../api/generated/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { RateLimitPolicy, RuntimeFraction } from '../../../../../sdk/router.ts';
import { parseRateLimits } from '../../../../common/ratelimit/rate-limit-policy.ts';
import { type HeaderMutations, parseHeaderMutations } from '../../../../common/router/header-mutations.ts';
import { parseOptionalFraction } from '../../../../common/router/runtime-fraction.ts';
import { parseBucket } from '../../common/local_ratelimit/parse-bucket.ts';
import type { TokenBucketConfig } from '../../common/local_ratelimit/token-bucket.ts';
import { keyOf } from './rate-limiter.ts';

/** One of `descriptors`. */
export interface DescriptorLimit {
  readonly entries: readonly { readonly key: string; readonly value: string }[];
  /** A value is left open. */
  readonly isWildcard: boolean;
  readonly bucket: TokenBucketConfig;
  readonly shadowMode: boolean;
}

export type VirtualHostRateLimits = 'OVERRIDE' | 'INCLUDE' | 'IGNORE';

export interface LocalRateLimitConfig {
  /** The place of the configuration and what it says: the same on each thread, and there alone. */
  readonly identity: string;
  readonly statPrefix: string;
  readonly status: number;
  readonly grpcStatus: number | undefined;
  /** Undefined = no limit but those of descriptors. */
  readonly bucket: TokenBucketConfig | undefined;
  readonly descriptors: readonly DescriptorLimit[];
  readonly maxDynamicDescriptors: number;
  readonly alwaysConsumeDefault: boolean;
  readonly perConnection: boolean;
  readonly filterEnabled: RuntimeFraction | undefined;
  readonly filterEnforced: RuntimeFraction | undefined;
  readonly requestMutations: HeaderMutations | undefined;
  readonly responseMutations: HeaderMutations | undefined;
  readonly stage: number;
  /** Empty = those of the route. */
  readonly rateLimits: readonly RateLimitPolicy[];
  readonly virtualHostRateLimits: VirtualHostRateLimits;
  readonly xRateLimitHeaders: boolean;
  readonly retryAfterHeader: boolean;
}

const VH_RATE_LIMITS: readonly VirtualHostRateLimits[] = ['OVERRIDE', 'INCLUDE', 'IGNORE'];
const TOO_MANY_REQUESTS = 429;
const RESOURCE_EXHAUSTED = 8;
const MAX_DYNAMIC_DESCRIPTORS = 20;

export function parseLocalRateLimit(config: LocalRateLimit, ctx: ConfigContext): LocalRateLimitConfig {
  checkRateLimits(config, ctx);
  checkScope(config, ctx);
  const code = config.status?.code ?? 0;
  const bucket = config.tokenBucket && parseBucket(config.tokenBucket, 'local rate limit', ctx.child('token_bucket'));
  const descriptors = parseDescriptors(config.descriptors, ctx);
  return Object.freeze({
    identity: `${ctx.path} ${JSON.stringify([bucket, descriptors])}`,
    statPrefix: config.statPrefix,
    status: code >= 400 ? code : TOO_MANY_REQUESTS,
    grpcStatus: config.rateLimitedAsResourceExhausted ? RESOURCE_EXHAUSTED : undefined,
    bucket,
    descriptors,
    maxDynamicDescriptors: config.maxDynamicDescriptors ?? MAX_DYNAMIC_DESCRIPTORS,
    alwaysConsumeDefault: config.alwaysConsumeDefaultTokenBucket ?? true,
    perConnection: config.localRateLimitPerDownstreamConnection,
    filterEnabled: parseOptionalFraction(config.filterEnabled),
    filterEnforced: parseOptionalFraction(config.filterEnforced),
    requestMutations: parseHeaderMutations(config.requestHeadersToAddWhenNotEnforced, [], ctx, 'request'),
    responseMutations: parseHeaderMutations(config.responseHeadersToAdd, [], ctx, 'response'),
    stage: config.stage,
    rateLimits: parseRateLimits(config.rateLimits, ctx),
    virtualHostRateLimits: VH_RATE_LIMITS[config.vhRateLimits] ?? 'OVERRIDE',
    xRateLimitHeaders: config.enableXRatelimitHeaders === 1,
    retryAfterHeader: config.enableRetryAfterHeader,
  });
}

/** Envoy's checks of what the filter's own `rate_limits` cannot have. */
function checkRateLimits({ rateLimits }: LocalRateLimit, ctx: ConfigContext): void {
  for (const [i, { stage, disableKey, limit }] of rateLimits.entries()) {
    const at = ctx.child('rate_limits', i);
    if (stage !== undefined || disableKey !== '') {
      at.error("'stage' field and 'disable_key' field are not supported");
    }
    if (limit !== undefined) at.error("'limit' field is not supported");
  }
}

function checkScope(config: LocalRateLimit, ctx: ConfigContext): void {
  if (config.localClusterRateLimit === undefined) return;
  const at = ctx.child('local_cluster_rate_limit');
  if (config.localRateLimitPerDownstreamConnection) {
    at.error('local_cluster_rate_limit is set and local_rate_limit_per_downstream_connection is set to true');
  } else {
    const isNamed = ctx.resources?.hasLocalCluster === true;
    const text = isNamed ? 'is not supported yet' : 'is set but no local cluster name is present';
    at.error(`local_cluster_rate_limit ${text}`);
  }
}

function parseDescriptors(configs: readonly LocalRateLimitDescriptor[], ctx: ConfigContext): DescriptorLimit[] {
  const known = new Set<string>();
  return configs.flatMap(({ entries: list, tokenBucket, shadowMode }, i) => {
    const at = ctx.child('descriptors', i);
    const entries = list.map(({ key, value }) => ({ key, value }));
    const bucket = tokenBucket && parseBucket(tokenBucket, 'local rate limit descriptor', at.child('token_bucket'));
    const key = keyOf(entries);
    if (known.has(key)) {
      const text = entries.map(({ key: name, value }) => `${name}=${value}`).join(', ');
      at.error(`duplicate descriptor in the local rate descriptor: ${text}`);
    }
    known.add(key);
    if (bucket === undefined) return [];
    return [{ entries, bucket, shadowMode, isWildcard: entries.some(({ value }) => value === '') }];
  });
}
