import type { Message } from '@bufbuild/protobuf';
import { ConfigContext, ConfigErrorCollector, type PackedConfig } from '../../../../sdk/config.ts';
import { toProtoJson } from '../../../common/proto/proto-json-writer.ts';
import type { TypeRegistry } from '../../../common/proto/type-registry.ts';
import type { UpdateFailure } from '../../listener/listener-manager.ts';
import type { ManagedListener } from '../../listener/managed-listener.ts';
import type { Server } from '../../server.ts';
import { clustersConfigDump } from '../../upstream/clusters-config-dump.ts';
import type { AdminConfigDump, ConfigDumpSection, JsonObject, NameFilter } from '../admin-context.ts';
import { registrySchema } from '../registry-schema.ts';

const typePrefix = 'type.googleapis.com/';

/** What the dump shows of the bootstrap, and when it was loaded. */
export interface DumpedBootstrap {
  readonly message: Message;
  /** The node as it introduces itself: with our name and version. */
  readonly node: JsonObject;
  readonly loadedMs: number;
}

/** /config_dump over the parts of the server. */
export class ServerConfigDump implements AdminConfigDump {
  readonly schema;
  readonly sections: ReadonlyMap<string, ConfigDumpSection>;
  readonly #server: Server;
  readonly #types: TypeRegistry;

  constructor(server: Server, types: TypeRegistry, bootstrap: DumpedBootstrap) {
    this.#server = server;
    this.#types = types;
    this.schema = registrySchema(types);
    const empty = (name: string): ConfigDumpSection => ({ dump: () => section(name, {}) });
    this.sections = new Map<string, ConfigDumpSection>([
      ['bootstrap', { dump: () => this.#bootstrap(bootstrap) }],
      ['clusters', clustersConfigDump(server.clusterManager, (cluster) => this.#any(cluster))],
      ['listeners', { dump: (accepts) => this.#listeners(accepts) }],
      ['route_scopes', empty('ScopedRoutesConfigDump')],
      ['routes', { dump: (accepts) => this.#routes(accepts) }],
      ['secrets', empty('SecretsConfigDump')],
    ]);
  }

  endpoints(accepts: NameFilter): JsonObject {
    const configs = [...this.#server.clusterManager.active.values()]
      .filter(({ config }) => accepts(config.name))
      .map(({ message }) => message.loadAssignment)
      .filter((assignment) => assignment !== undefined)
      .map((assignment) => ({ endpoint_config: this.#any(assignment) }));
    return section('EndpointsConfigDump', { static_endpoint_configs: nonEmpty(configs) });
  }

  #bootstrap({ message, node, loadedMs }: DumpedBootstrap): JsonObject {
    const bootstrap = this.#json(message);
    return section('BootstrapConfigDump', {
      bootstrap: { node: { ...(bootstrap.node as JsonObject | undefined), ...node }, ...withoutNode(bootstrap) },
      last_updated: timestamp(loadedMs),
    });
  }

  #listeners(accepts: NameFilter): JsonObject {
    const { active, warming, draining, updateFailures } = this.#server.listenerManager;
    const wanted = [...active.values()].filter(({ name }) => accepts(name));
    const dynamic = new Map<string, Record<string, JsonObject | string>>();
    const put = (listener: ManagedListener, state: string): void => {
      if (!listener.origin.addedViaApi || !accepts(listener.name)) return;
      dynamic.set(listener.name, {
        ...dynamic.get(listener.name),
        name: listener.name,
        [state]: this.#listenerState(listener),
      });
    };
    for (const listener of wanted) put(listener, 'active_state');
    for (const listener of warming.values()) put(listener, 'warming_state');
    for (const listener of draining) put(listener, 'draining_state');
    for (const failure of updateFailures) {
      if (accepts(failure.name))
        dynamic.set(failure.name, {
          ...dynamic.get(failure.name),
          name: failure.name,
          error_state: this.#failure(failure),
        });
    }
    const statics = wanted.filter(({ origin }) => !origin.addedViaApi);
    return section('ListenersConfigDump', {
      static_listeners: nonEmpty(
        statics.map(({ message, origin }) => ({
          listener: this.#any(message),
          last_updated: timestamp(origin.lastUpdatedMs),
        })),
      ),
      dynamic_listeners: nonEmpty([...dynamic.values()]),
    });
  }

  #listenerState({ message, origin }: ManagedListener): JsonObject {
    return {
      version_info: origin.versionInfo || undefined,
      listener: this.#any(message),
      last_updated: timestamp(origin.lastUpdatedMs),
    };
  }

  #failure({ message, lastUpdateAttemptMs, details, versionInfo }: UpdateFailure): JsonObject {
    return {
      failed_configuration: this.#any(message),
      last_update_attempt: timestamp(lastUpdateAttemptMs),
      details,
      version_info: versionInfo || undefined,
    };
  }

  /** Inline route tables of the connection managers. */
  #routes(accepts: NameFilter): JsonObject {
    const configs: JsonObject[] = [];
    for (const listener of this.#server.listenerManager.active.values()) {
      for (const route of this.#routeConfigs(listener)) {
        if (!accepts((route as Message & { name?: string }).name ?? '')) continue;
        configs.push({ route_config: this.#any(route), last_updated: timestamp(listener.origin.lastUpdatedMs) });
      }
    }
    return section('RoutesConfigDump', { static_route_configs: nonEmpty(configs) });
  }

  /** Opened again from the listener's message: kept open they would lie in memory for nothing else. */
  #routeConfigs({ message, config }: ManagedListener): readonly Message[] {
    const { filterChains, defaultFilterChain } = config;
    const chains = defaultFilterChain === undefined ? filterChains : [...filterChains, defaultFilterChain];
    const extensions = new Set(chains.flatMap(({ filters }) => filters).map(({ extension }) => extension));
    const messages = [...message.filterChains, ...(message.defaultFilterChain ? [message.defaultFilterChain] : [])]
      .flatMap(({ filters }) => filters)
      .map(({ configType }) => (configType.case === 'typedConfig' ? this.#unpack(configType.value) : undefined));
    return messages.flatMap((filter) => {
      const extension = [...extensions].find(({ configTypes }) => configTypes.includes(filter?.$typeName ?? ''));
      return filter === undefined ? [] : (extension?.routeConfigs?.(filter) ?? []);
    });
  }

  /** What is active has been opened before, without a fault. */
  #unpack(any: PackedConfig): Message | undefined {
    return this.#types.unpack(any, new ConfigContext(new ConfigErrorCollector(), 'listener', this.#types));
  }

  #json(message: Message): JsonObject {
    return toProtoJson(this.#types, this.#types.requireMessage(message.$typeName), message, {
      redact: true,
    }) as JsonObject;
  }

  #any(message: Message): JsonObject {
    return { '@type': typePrefix + message.$typeName, ...this.#json(message) };
  }
}

function section(name: string, fields: JsonObject): JsonObject {
  return { '@type': `${typePrefix}envoy.admin.v3.${name}`, ...fields };
}

function nonEmpty(list: readonly JsonObject[]): readonly JsonObject[] | undefined {
  return list.length === 0 ? undefined : list;
}

function withoutNode({ node: _node, ...rest }: JsonObject): JsonObject {
  return rest;
}

/** As protobuf prints a Timestamp of whole milliseconds. */
function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}
