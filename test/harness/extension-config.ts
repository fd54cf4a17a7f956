/** Configuration of extensions from JSON, as the loader reads it. */
import { loadDescriptors } from '../../api/load-descriptors.ts';
import { ConfigContext, ConfigErrorCollector, type ConfigResources, formatConfigProblem } from '../../sdk/config.ts';
import type { Extension, HttpFilterExtension } from '../../sdk/extension.ts';
import type { JsonInput } from '../../src/common/proto/json-value.ts';
import { parseProtoJson } from '../../src/common/proto/parse-proto-json.ts';
import { TypeRegistry } from '../../src/common/proto/type-registry.ts';
import { ExtensionRegistry } from '../../src/extensions/registry.ts';

export interface ReadConfig {
  readonly config: unknown;
  /** As lines, `path: message`. */
  readonly problems: readonly string[];
}

/** Reads configurations of `extensions`, which may hold one another. The first of a type takes it. */
export function configReader(extensions: readonly unknown[], resources?: ConfigResources) {
  const types = new TypeRegistry(loadDescriptors());
  const all = extensions as readonly Extension[];
  const registry = new ExtensionRegistry(all);
  const run = <M, C>(type: string, json: JsonInput, parse: (message: M, ctx: ConfigContext) => C) => {
    const collector = new ConfigErrorCollector();
    const ctx = new ConfigContext(collector, '', types, registry, resources);
    const message = parseProtoJson(types, types.requireMessage(type), json, ctx);
    const config = collector.capture(() => parse(message as M, ctx));
    return { config, problems: collector.problems.map(formatConfigProblem) };
  };
  return {
    types,
    registry,
    /** What `parse` makes of a message that is no extension's. */
    parse: run,
    read(type: string, json: JsonInput): ReadConfig {
      const extension = all.find(({ configTypes }) => configTypes.includes(type));
      return run(type, json, (message: never, ctx) => extension?.parseConfig(message, ctx));
    },
    readPerRoute(type: string, json: JsonInput): ReadConfig {
      const filters = all as readonly HttpFilterExtension[];
      const filter = filters.find(({ perRouteConfigTypes }) => perRouteConfigTypes?.includes(type) === true);
      return run(type, json, (message: never, ctx) => filter?.parsePerRouteConfig?.(message, ctx));
    },
  };
}
