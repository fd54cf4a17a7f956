import type { FollowedContents, FollowedFile, FollowedLookup, FollowedSource } from '../../../sdk/config.ts';
import { ThreadValues } from '../thread-values.ts';

/** The same for all who ask for the same. */
export function followedKey({ path, watchedDirectory, writes = false, resource }: FollowedSource): string {
  if (resource !== undefined) return `resource ${resource.typeName} ${resource.name}`;
  return `file ${JSON.stringify([path, watchedDirectory, writes])}`;
}

/** What a thread knows of followed files. */
export class ThreadFollowed extends ThreadValues<FollowedContents> implements FollowedLookup {
  follow(source: FollowedSource): FollowedFile {
    return this.fileOf(followedKey(source));
  }

  protected fileOf(key: string): FollowedFile {
    const contents = () => this.get(key);
    return {
      get current() {
        return contents();
      },
      onChange: (callback) => this.onChange(key, callback),
    };
  }
}
