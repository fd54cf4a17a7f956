import type { RuntimeFeatureFlag } from '../../../../../api/generated/envoy/config/core/v3/base_pb.d.ts';
import type { TokenBucket as TokenBucketProto } from '../../../../../api/generated/envoy/type/v3/token_bucket_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { ListenerFactoryContext, Runtime } from '../../../../../sdk/extension.ts';
import type { Counter } from '../../../../../sdk/stats.ts';
import { type FeatureFlag, isEnabled, parseFeatureFlag } from '../../../../common/runtime/feature-flag.ts';
import { parseBucket } from './parse-bucket.ts';
import { TokenBucket, type TokenBucketConfig } from './token-bucket.ts';

/** A bucket of tokens, one a connection. */
export interface ConnectionRateLimitConfig {
  /** Those of the same key have one bucket. */
  readonly key: string;
  readonly statPrefix: string;
  readonly bucket: TokenBucketConfig;
  readonly enabled: FeatureFlag;
}

export interface ConnectionRateLimitProto {
  readonly statPrefix: string;
  readonly tokenBucket?: TokenBucketProto | undefined;
  readonly runtimeEnabled?: RuntimeFeatureFlag | undefined;
  /** Absent or '' = a bucket of its own. */
  readonly shareKey?: string;
}

/** Checks a LocalRateLimit of network or listener filters. */
export function parseConnectionRateLimit(
  { tokenBucket, statPrefix, runtimeEnabled, shareKey = '' }: ConnectionRateLimitProto,
  ctx: ConfigContext,
): ConnectionRateLimitConfig {
  const at = ctx.child('token_bucket');
  const bucket =
    tokenBucket === undefined
      ? { maxTokens: 0, tokensPerFill: 1, fillIntervalMs: 1 }
      : parseBucket(tokenBucket, 'local rate limit', at);
  const owner = shareKey === '' ? ctx.path : `shared ${shareKey}`;
  return { key: `${owner} ${JSON.stringify(bucket)}`, statPrefix, bucket, enabled: parseFeatureFlag(runtimeEnabled) };
}

/** One configuration on a worker, over the bucket of all threads. */
export class ConnectionRateLimit {
  readonly rateLimited: Counter;
  readonly #enabled: FeatureFlag;
  readonly #runtime: Runtime;
  readonly #bucket: TokenBucket;

  constructor(
    { key, bucket, enabled }: ConnectionRateLimitConfig,
    context: ListenerFactoryContext,
    rateLimited: Counter,
  ) {
    const owner = key.startsWith('shared ') ? '' : context.listenerName;
    this.#bucket = new TokenBucket(bucket, context.sharedNumber(`connections ${owner} ${key}`), context.timeSource);
    this.#enabled = enabled;
    this.#runtime = context.runtime;
    this.rateLimited = rateLimited;
  }

  /** Takes a token; false, and counted, when there is none. */
  admits(): boolean {
    if (!isEnabled(this.#enabled, this.#runtime) || this.#bucket.consume(1)) return true;
    this.rateLimited.inc();
    return false;
  }
}
