import type { Bootstrap } from '../../api/generated/envoy/config/bootstrap/v3/bootstrap_pb.d.ts';
import { ConfigContext } from '../../sdk/config.ts';
import type { ExtensionLookup } from '../../sdk/extension.ts';
import { messageHasher } from '../common/proto/message-hash.ts';
import type { TypeRegistry } from '../common/proto/type-registry.ts';
import { readBootstrap } from '../main/bootstrap/load-bootstrap.ts';
import { parseServerConfig, type ServerConfig } from '../main/config/server-config.ts';
import { processResources } from './config-resources.ts';
import { defaultConcurrency } from './machine.ts';
import type { Options } from './options.ts';

/**
 * Reads and checks the whole configuration; throws ConfigError with every fault in it. `newName` names listeners that
 * have no name.
 */
export function loadConfig(...args: Parameters<typeof readAndCheck>): ServerConfig {
  const [, types] = args;
  return types.keepingOpened(() => readAndCheck(...args));
}

function readAndCheck(
  options: Pick<
    Options,
    'configPath' | 'configYaml' | 'statsTags' | 'allowUnknownStaticFields' | 'skipDeprecatedLogs'
  > &
    Partial<Pick<Options, 'serviceNode' | 'serviceCluster' | 'concurrency' | 'cpusetThreads'>>,
  types: TypeRegistry,
  extensions: ExtensionLookup,
  newName: () => string,
  warn: (message: string) => void = () => {},
): ServerConfig {
  const { configPath, configYaml } = options;
  const loaded = readBootstrap({
    registry: types,
    configPath: configPath || undefined,
    configYaml: configYaml || undefined,
    allowUnknownFields: options.allowUnknownStaticFields,
  });
  const bootstrap: Bootstrap = loaded.bootstrap;
  const ctx = new ConfigContext(loaded.collector, '', types, extensions, processResources);
  const config = parseServerConfig(bootstrap, ctx, {
    types,
    hash: messageHasher(types),
    encode: (message) => types.encode(message),
    statsTags: options.statsTags,
    deprecatedUses: loaded.deprecatedUses,
    warn,
    concurrency: options.concurrency ?? defaultConcurrency(options.cpusetThreads === true),
    newName,
    hasNode: ({ node }) =>
      (options.serviceNode || (node?.id ?? '')) !== '' && (options.serviceCluster || (node?.cluster ?? '')) !== '',
  });
  loaded.collector.throwIfAny();
  if (!options.skipDeprecatedLogs) for (const warning of loaded.warnings) warn(warning);
  return config;
}
