import type { ConfigSource } from '../../../api/generated/envoy/config/core/v3/config_source_pb.d.ts';
import type { ConfigContext, FollowedSource } from '../../../sdk/config.ts';

type SourceFile = Pick<FollowedSource, 'path' | 'watchedDirectory'>;

/**
 * The file in which a ConfigSource finds its resources; undefined, with the fault gathered, when it is none of a file.
 * @param what is to be discovered: `secrets`
 */
export function fileOfSource(
  { configSourceSpecifier: source }: ConfigSource,
  what: string,
  ctx: ConfigContext,
): SourceFile | undefined {
  if (source.case === 'path') return { path: source.value, watchedDirectory: '' };
  if (source.case === 'pathConfigSource')
    return { path: source.value.path, watchedDirectory: source.value.watchedDirectory?.path ?? '' };
  ctx.error(`${what} can be discovered in files only (path_config_source)`);
  return undefined;
}
