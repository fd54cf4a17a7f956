import type { ConfigContext, FollowedFile, FollowedResource, FollowedSource } from '../../../sdk/config.ts';
import { followedKey, ThreadFollowed } from '../../common/followed/thread-followed.ts';
import type { TypeRegistry } from '../../common/proto/type-registry.ts';
import { TYPE_URL_PREFIX } from '../../common/proto/type-url.ts';
import { type ResourceFileResult, readResourceFile } from './read-resource-file.ts';

type Check = (bytes: Uint8Array) => string | undefined;

export interface AskedFile {
  readonly source: FollowedSource;
  /** Of all who ask for it. */
  readonly checks: Check[];
  /** Of a resource: what the first look came to. */
  readonly first: ResourceFileResult | undefined;
}

/** Main's followed files: notes, while the configuration is read, what is to be followed, and reads it a first time. */
export class FollowedFiles extends ThreadFollowed {
  readonly asked = new Map<string, AskedFile>();
  readonly #types: TypeRegistry;
  readonly #hasNode: boolean;
  /** By type of resource: all of them are looked for in the file that was named first, as Envoy does it. */
  readonly #firstSources = new Map<string, FollowedSource>();

  /** @param hasNode whether the node has an id and a cluster. */
  constructor(types: TypeRegistry, hasNode: boolean) {
    super();
    this.#types = types;
    this.#hasNode = hasNode;
  }

  override follow(source: FollowedSource, ctx?: ConfigContext): FollowedFile {
    const key = followedKey(source);
    const file = this.fileOf(key);
    if (ctx === undefined) return file;
    if (!this.asked.has(key)) this.#open(key, source, ctx);
    const { check } = source;
    if (check === undefined) return file;
    this.asked.get(key)?.checks.push((bytes) => check(bytes));
    const problem = file.current && check(file.current.bytes);
    if (problem !== undefined) ctx.error(problem);
    return file;
  }

  /** What is wrong with contents for those who ask for them. */
  faultOf(key: string, bytes: Uint8Array): string | undefined {
    for (const check of this.asked.get(key)?.checks ?? []) {
      const problem = check(bytes);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  #open(key: string, asked: FollowedSource, ctx: ConfigContext): void {
    const { resource } = asked;
    const source = resource === undefined ? asked : this.#firstOf(resource, asked);
    const { path, watchedDirectory } = source;
    if (resource !== undefined && !this.#hasNode) {
      const how = "Set it either in 'node' config or via --service-node and --service-cluster options.";
      return ctx.error(`${TYPE_URL_PREFIX}${resource.typeName}: node 'id' and 'cluster' are required. ${how}`);
    }
    const bytes = ctx.resources?.readFile(path);
    if (!(bytes instanceof Uint8Array))
      return ctx.error(`paths must refer to an existing path in the system: '${path}' does not exist`);
    if (watchedDirectory !== '' && ctx.resources?.directoryExists?.(watchedDirectory) === false)
      ctx.error(`unable to add filesystem watch for file ${watchedDirectory}/: No such file or directory`);
    const first = resource && readResourceFile(this.#types, path, bytes, resource.typeName);
    this.asked.set(key, { source, checks: [], first });
    if (first === undefined) this.put(key, { bytes, version: 0 });
    // Whether unknown fields are borne is judged when all is there to tell of them.
    else if (first.kind === 'resource' && first.unknown === undefined)
      this.put(key, { bytes: first.bytes, version: 0 });
  }

  #firstOf({ typeName }: FollowedResource, source: FollowedSource): FollowedSource {
    const { path, watchedDirectory } = this.#firstSources.get(typeName) ?? source;
    this.#firstSources.set(typeName, { path, watchedDirectory });
    return { ...source, path, watchedDirectory };
  }
}
