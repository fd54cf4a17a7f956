import type { ProcessRateLimitFilter } from '../../../../../api/generated/envoy/extensions/access_loggers/filters/process_ratelimit/v3/process_ratelimit_pb.d.ts';
import type { TokenBucket as TokenBucketProto } from '../../../../../api/generated/envoy/type/v3/token_bucket_pb.ts';
import { ConfigContext, ConfigErrorCollector } from '../../../../../sdk/config.ts';
import type { AccessLogFilterExtension } from '../../../../common/access-log/access-log-filter-extension.ts';
import { fileOfSource } from '../../../../common/config/file-source.ts';
import { parseBucket } from '../../../filters/common/local_ratelimit/parse-bucket.ts';
import type { TokenBucketConfig } from '../../../filters/common/local_ratelimit/token-bucket.ts';
import { type DiscoveredBucket, ProcessRateLimit } from './filter.ts';

const TOKEN_BUCKET = 'envoy.type.v3.TokenBucket';

function parse({ dynamicConfig }: ProcessRateLimitFilter, ctx: ConfigContext): DiscoveredBucket | undefined {
  if (dynamicConfig === undefined) {
    ctx.error('`dynamic_config` is required.');
    return undefined;
  }
  const place = ctx.child('dynamic_config');
  const { resourceName: name, configSource } = dynamicConfig;
  const source = configSource && fileOfSource(configSource, 'token buckets', place.child('config_source'));
  if (source === undefined) return undefined;
  const file = ctx.resources?.followed?.follow(
    {
      ...source,
      resource: {
        typeName: TOKEN_BUCKET,
        name,
        statPrefix: 'local_ratelimit_discovery',
        initTarget: `RateLimitConfigCallback-${name}`,
      },
      check: (bytes) => readBucket(bytes, place).problem,
    },
    place,
  );
  if (file !== undefined) return { name, file, open: ({ bytes }) => readBucket(bytes, place).bucket };
  if (ctx.resources?.followed === undefined) ctx.error('token buckets are discovered by listeners and clusters only');
  return undefined;
}

function readBucket(bytes: Uint8Array, ctx: ConfigContext): { bucket: TokenBucketConfig; problem: string | undefined } {
  const collector = new ConfigErrorCollector();
  const message = ctx.unpack({ typeUrl: `type.googleapis.com/${TOKEN_BUCKET}`, value: bytes }) as TokenBucketProto;
  const bucket = parseBucket(message, 'local rate limit', new ConfigContext(collector));
  if (message.fillInterval === undefined) return { bucket, problem: "Field 'fill_interval' is missing" };
  return { bucket, problem: collector.problems[0]?.message };
}

/**
 * Logs as often as a token bucket of the whole process allows, which all filters of one resource share
 * (envoy.extensions.access_loggers.filters.process_ratelimit.v3.ProcessRateLimitFilter).
 */
export const processRateLimitFilter: AccessLogFilterExtension<DiscoveredBucket | undefined> = {
  category: 'envoy.access_loggers.extension_filters',
  name: 'envoy.access_loggers.extension_filters.process_ratelimit',
  configTypes: ['envoy.extensions.access_loggers.filters.process_ratelimit.v3.ProcessRateLimitFilter'],
  parseConfig: (message, ctx) => parse(message as ProcessRateLimitFilter, ctx),
  createFilter(bucket, context) {
    if (bucket === undefined) throw new Error('a filter without its bucket was let through');
    return new ProcessRateLimit(bucket, context);
  },
};
