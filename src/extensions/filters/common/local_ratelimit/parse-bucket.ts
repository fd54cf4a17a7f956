import type { TokenBucket as TokenBucketProto } from '../../../../../api/generated/envoy/type/v3/token_bucket_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { durationMs } from '../../../../common/upstream/proto-values.ts';
import type { TokenBucketConfig } from './token-bucket.ts';

const minIntervalMs = 50;

/** @param what Envoy's word for whose bucket it is */
export function parseBucket(config: TokenBucketProto, what: string, ctx: ConfigContext): TokenBucketConfig {
  const fillIntervalMs = Math.floor(durationMs(config.fillInterval) ?? 0);
  if (fillIntervalMs < minIntervalMs) ctx.error(`${what} token bucket fill timer must be >= 50ms`);
  return { maxTokens: config.maxTokens, tokensPerFill: config.tokensPerFill ?? 1, fillIntervalMs };
}
