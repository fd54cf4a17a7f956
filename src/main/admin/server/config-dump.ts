import type { Message } from '@bufbuild/protobuf';
import { ConfigContext, ConfigErrorCollector, type PackedConfig } from '../../../../sdk/config.ts';
import type { NetworkFilterExtension } from '../../../../sdk/extension.ts';
import type { FilterChainConfig, ListenerConfig } from '../../../common/listener/listener-config.ts';
import { toProtoJson } from '../../../common/proto/proto-json-writer.ts';
import type { TypeRegistry } from '../../../common/proto/type-registry.ts';
import type { CheckedSecret } from '../../config/server-config.ts';
import type { UpdateFailure } from '../../listener/listener-manager.ts';
import type { ManagedListener } from '../../listener/managed-listener.ts';
import type { SdsApi } from '../../secret/sds-api.ts';
import type { Server } from '../../server.ts';
import { clustersConfigDump } from '../../upstream/clusters-config-dump.ts';
import type { AdminConfigDump, ConfigDumpSection, JsonObject, NameFilter } from '../admin-context.ts';
import { bootstrapSection, type StaticResource, staticSection, timestamp } from '../config-dump-sections.ts';
import { asAny } from '../field-mask.ts';
import { registrySchema } from '../registry-schema.ts';
import { dumpedNode } from './dumped-node.ts';

const ROUTE_SECTIONS: readonly string[] = ['route_scopes', 'routes'];
const typePrefix = 'type.googleapis.com/';

/** What the dump shows of the bootstrap, and when it was loaded. */
export interface DumpedBootstrap {
  readonly message: Message;
  readonly secrets: readonly CheckedSecret[];
  /** As /server_info shows the node: of it our name, version and extensions stand in the dump. */
  readonly node: JsonObject;
  readonly loadedMs: number;
}

/** /config_dump over the parts of the server. */
export class ServerConfigDump implements AdminConfigDump {
  readonly schema;
  readonly #sections: ReadonlyMap<string, ConfigDumpSection>;
  readonly #server: Server;
  readonly #types: TypeRegistry;

  constructor(server: Server, types: TypeRegistry, bootstrap: DumpedBootstrap) {
    this.#server = server;
    // What is dumped was checked when it was loaded.
    this.#types = types.forCheckedBytes();
    this.schema = registrySchema(types);
    this.#sections = new Map<string, ConfigDumpSection>([
      ['bootstrap', bootstrapSection(() => this.#bootstrap(bootstrap), bootstrap.loadedMs)],
      ['clusters', clustersConfigDump(server.clusterManager, (cluster) => this.#any(cluster))],
      ['listeners', { dump: (accepts) => this.#listeners(accepts) }],
      ['route_scopes', { dump: (accepts) => this.#scopes(accepts) }],
      ['routes', staticSection('routes', () => this.#routes())],
      ['secrets', { dump: (accepts) => this.#secrets(bootstrap, accepts) }],
    ]);
  }

  /** Those of routes are there as long as anything has routes. */
  get sections(): ReadonlyMap<string, ConfigDumpSection> {
    if (this.#hasRoutes()) return this.#sections;
    return new Map([...this.#sections].filter(([key]) => !ROUTE_SECTIONS.includes(key)));
  }

  #hasRoutes(): boolean {
    const { active, warming } = this.#server.listenerManager;
    return [...active.values(), ...warming.values()].some(({ config }) =>
      filtersOf(config).some(({ extension }) => extension.routeConfigs !== undefined),
    );
  }

  #bootstrap({ message, node }: DumpedBootstrap): JsonObject {
    const { node: configured, ...rest } = this.#json(message);
    return { node: { ...(configured as JsonObject | undefined), ...dumpedNode(node) }, ...rest };
  }

  #secrets({ secrets }: DumpedBootstrap, accepts: NameFilter): JsonObject {
    const accepted = secrets.filter(({ message }) => accepts(message.name));
    const statics = accepted.map(({ message }) => ({ name: message.name, secret: this.#any(message) }));
    const discovered = this.#server.secrets.discovered.filter(({ name }) => accepts(name));
    const dumps = (has: boolean) =>
      nonEmpty(discovered.filter(({ current }) => (current !== undefined) === has).map((api) => this.#discovered(api)));
    return asAny(
      { static_secrets: nonEmpty(statics), dynamic_active_secrets: dumps(true), dynamic_warming_secrets: dumps(false) },
      'envoy.admin.v3.SecretsConfigDump',
    );
  }

  #discovered({ name, current, versionInfo, lastUpdatedMs }: SdsApi): JsonObject {
    const type = 'envoy.extensions.transport_sockets.tls.v3.Secret';
    return {
      name,
      ...(current === undefined
        ? { version_info: 'uninitialized' }
        : versionInfo === ''
          ? {}
          : { version_info: versionInfo }),
      last_updated: timestamp(lastUpdatedMs),
      secret: current === undefined ? { '@type': typePrefix + type, name } : this.#any(current),
    };
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
    return asAny(
      {
        static_listeners: nonEmpty(
          statics.map(({ message, origin }) => ({
            listener: this.#any(message),
            last_updated: timestamp(origin.lastUpdatedMs),
          })),
        ),
        dynamic_listeners: nonEmpty([...dynamic.values()]),
      },
      'envoy.admin.v3.ListenersConfigDump',
    );
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
  *#routes(): Iterable<StaticResource> {
    for (const listener of this.#server.listenerManager.active.values()) {
      for (const route of this.#fromFilters(listener, (extension, filter) => extension.routeConfigs?.(filter) ?? [])) {
        const { name = '' } = route as Message & { name?: string };
        yield { name, resource: this.#any(route), lastUpdatedMs: listener.origin.lastUpdatedMs };
      }
    }
  }

  /** A list of scopes stands there even if none of its names is accepted. */
  #scopes(accepts: NameFilter): JsonObject {
    const lists: JsonObject[] = [];
    for (const listener of this.#server.listenerManager.active.values()) {
      const last_updated = timestamp(listener.origin.lastUpdatedMs);
      const found = this.#fromFilters(listener, (extension, filter) => [extension.scopedRouteConfigs?.(filter)]);
      for (const scoped of found) {
        if (scoped === undefined) continue;
        const scopes = scoped.scopes.filter(({ name }) => accepts(name)).map((scope) => this.#any(scope));
        lists.push({ name: scoped.name || undefined, scoped_route_configs: nonEmpty(scopes), last_updated });
      }
    }
    return asAny({ inline_scoped_route_configs: nonEmpty(lists) }, 'envoy.admin.v3.ScopedRoutesConfigDump');
  }

  /** Opened again from the listener's message: kept open they would lie in memory for nothing else. */
  #fromFilters<T>(
    { message, config }: ManagedListener,
    read: (extension: NetworkFilterExtension, filter: Message) => readonly T[],
  ): readonly T[] {
    const extensions = new Set(filtersOf(config).map(({ extension }) => extension));
    const messages = [...message.filterChains, ...(message.defaultFilterChain ? [message.defaultFilterChain] : [])]
      .flatMap(({ filters }) => filters)
      .map(({ configType }) => (configType.case === 'typedConfig' ? this.#unpack(configType.value) : undefined));
    return messages.flatMap((filter) => {
      const extension = [...extensions].find(({ configTypes }) => configTypes.includes(filter?.$typeName ?? ''));
      return filter === undefined || extension === undefined ? [] : read(extension, filter);
    });
  }

  /** What is active has been opened before, without a fault. */
  #unpack(any: PackedConfig): Message | undefined {
    return this.#types.unpack(any, new ConfigContext(new ConfigErrorCollector(), 'listener', this.#types));
  }

  #json(message: Message): JsonObject {
    return toProtoJson(this.#types, this.#types.requireMessage(message.$typeName), message, {
      redact: true,
      lazyLists: true,
    }) as JsonObject;
  }

  #any(message: Message): JsonObject {
    return { '@type': typePrefix + message.$typeName, ...this.#json(message) };
  }
}

function nonEmpty(list: readonly JsonObject[]): readonly JsonObject[] | undefined {
  return list.length === 0 ? undefined : list;
}

function filtersOf({ filterChains, defaultFilterChain }: ListenerConfig): FilterChainConfig['filters'] {
  const chains = defaultFilterChain === undefined ? filterChains : [...filterChains, defaultFilterChain];
  return chains.flatMap(({ filters }) => filters);
}
