import type { ConfigSource } from '../../../api/generated/envoy/config/core/v3/config_source_pb.d.ts';
import type { ConfigContext, SecretSubscription } from '../../../sdk/config.ts';

type SecretFile = Pick<SecretSubscription, 'path' | 'watchedDirectory'>;

/** The file in which an `sds_config` finds its secret; undefined, with the fault gathered, when it is none of a file. */
export function secretFileOf(
  { configSourceSpecifier: source }: ConfigSource,
  ctx: ConfigContext,
): SecretFile | undefined {
  if (source.case === 'path') return { path: source.value, watchedDirectory: '' };
  if (source.case === 'pathConfigSource')
    return { path: source.value.path, watchedDirectory: source.value.watchedDirectory?.path ?? '' };
  ctx.error('secrets can be discovered in files only (path_config_source)');
  return undefined;
}
