import type { Address } from '../../../../sdk/network.ts';
import { type LogLevel, logLevels } from '../../../common/logging/levels.ts';
import type { Logging } from '../../../common/logging/logger.ts';
import { runtimeText } from '../../../common/runtime/runtime-entry.ts';
import type { TagProducer } from '../../../common/stats/tags.ts';
import type { Server } from '../../server.ts';
import type { MainStats } from '../../stats/main-stats.ts';
import { adminClusters } from '../../upstream/admin-clusters.ts';
import { endpointStats } from '../../upstream/endpoint-stats.ts';
import type {
  AdminAllocations,
  AdminConfigDump,
  AdminContext,
  AdminLifecycle,
  AdminListener,
  AdminLogging,
  AdminMemory,
  AdminRuntime,
  AdminServerInfo,
  DrainOptions,
  JsonObject,
  RuntimeEntry,
  UnreadyTargets,
} from '../admin-context.ts';
import { certificatesJson } from './certificates-json.ts';

/** What of the process the pages show that the server does not know. */
export interface AdminProcessFacts {
  readonly version: string;
  readonly hotRestartVersion: string;
  readonly commandLineOptions: JsonObject;
  readonly node: JsonObject;
  memory(): AdminMemory;
  readonly allocations: AdminAllocations;
  /** Ends the process in order. */
  quit(): void;
  reopenLogs(): void;
}

export interface ServerAdminParts {
  readonly server: Server;
  readonly stats: MainStats;
  readonly tags: TagProducer;
  readonly flushStatsOnAdmin: boolean;
  readonly logging: Logging;
  readonly configDump: AdminConfigDump;
  readonly facts: AdminProcessFacts;
  /** Workers and main. */
  readonly threads: number;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** The server as the admin pages see it. */
export class ServerAdminContext implements AdminContext {
  readonly stats: MainStats;
  readonly tags: TagProducer;
  readonly flushStatsOnAdmin: boolean;
  readonly lifecycle: AdminLifecycle;
  readonly logging: AdminLogging;
  readonly runtime: AdminRuntime;
  readonly configDump: AdminConfigDump;
  readonly #parts: ServerAdminParts;

  constructor(parts: ServerAdminParts) {
    this.#parts = parts;
    this.stats = parts.stats;
    this.tags = parts.tags;
    this.flushStatsOnAdmin = parts.flushStatsOnAdmin;
    this.configDump = parts.configDump;
    this.lifecycle = new ServerLifecycle(parts.server, parts.facts);
    this.logging = new ServerLogging(parts.server, parts.logging);
    this.runtime = new ServerRuntime(parts.server);
  }

  flushStats(): void {
    this.#parts.server.flusher.flush();
  }

  serverInfo(): AdminServerInfo {
    const { server, facts } = this.#parts;
    return {
      version: facts.version,
      state: server.state,
      uptimeCurrentEpochSeconds: server.uptimeSeconds,
      uptimeAllEpochsSeconds: server.uptimeSeconds,
      hotRestartVersion: facts.hotRestartVersion,
      commandLineOptions: facts.commandLineOptions,
      node: facts.node,
    };
  }

  *listeners(): Iterable<AdminListener> {
    for (const { name, sockets, config } of this.#parts.server.listenerManager.active.values()) {
      const addresses = config.bindToPort ? sockets.addresses : config.addresses.map(({ address }) => address);
      yield { name, addresses: addresses.map((address) => ({ text: address.asString, json: addressJson(address) })) };
    }
  }

  endpointStats() {
    const { server, threads, tags } = this.#parts;
    return endpointStats(server.clusterManager, threads, tags.fixedTags);
  }

  clusters() {
    return adminClusters(this.#parts.server.clusterManager, this.#parts.threads);
  }

  certificates(): Iterable<JsonObject> {
    const { server, now } = this.#parts;
    return server.certificates.all().map((inUse) => certificatesJson(inUse, now()));
  }

  unreadyTargets(): ReadonlyMap<string, readonly UnreadyTargets[]> {
    const { initManager, listenerManager } = this.#parts.server;
    const listeners = [...listenerManager.active.values(), ...listenerManager.warming.values()]
      .map((listener) => listener.initManager)
      .filter(({ state }) => state !== 'initialized')
      .map(({ unready }) => unready);
    const server = initManager.state === 'initialized' ? [] : [initManager.unready];
    return new Map([['listener', [...server, ...listeners].filter(({ targetNames }) => targetNames.length > 0)]]);
  }

  memory(): AdminMemory {
    return this.#parts.facts.memory();
  }

  get allocations(): AdminAllocations {
    return this.#parts.facts.allocations;
  }

  updateGauges(): void {
    this.#parts.server.clusterManager.updateGauges();
  }
}

class ServerLifecycle implements AdminLifecycle {
  readonly #server: Server;
  readonly #whole: Pick<AdminProcessFacts, 'quit' | 'reopenLogs'>;

  constructor(server: Server, whole: Pick<AdminProcessFacts, 'quit' | 'reopenLogs'>) {
    this.#server = server;
    this.#whole = whole;
  }

  shutdown(): void {
    this.#whole.quit();
  }

  drainListeners({ graceful, skipExit, inboundOnly }: DrainOptions): void {
    const which = inboundOnly ? 'inbound' : 'all';
    if (graceful || skipExit) this.#server.drainGracefully(which, skipExit);
    else this.#server.listenerManager.stopListeners(which);
  }

  failHealthcheck(fail: boolean): void {
    this.#server.failHealthcheck(fail);
  }

  reopenLogs(): void {
    this.#whole.reopenLogs();
  }
}

class ServerLogging implements AdminLogging {
  readonly #server: Server;
  readonly #logging: Logging;

  constructor(server: Server, logging: Logging) {
    this.#server = server;
    this.#logging = logging;
  }

  levels(): ReadonlyMap<string, LogLevel> {
    return new Map([...this.#logging.ranks()].map(([name, rank]) => [name, logLevels[rank] ?? 'off']));
  }

  setLevel(name: string, level: LogLevel): boolean {
    if (!this.#logging.setLevel(name, level)) return false;
    void this.#server.workers.callAll('set_log_level', [name, level]);
    return true;
  }

  setAllLevels(level: LogLevel): void {
    this.#logging.setAllLevels(level);
    void this.#server.workers.callAll('set_log_level', [undefined, level]);
  }
}

class ServerRuntime implements AdminRuntime {
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  get hasAdminLayer(): boolean {
    return this.#server.runtime.hasAdminLayer;
  }

  get layers(): readonly string[] {
    return this.#server.runtime.layers.map(({ name }) => name);
  }

  get entries(): ReadonlyMap<string, RuntimeEntry> {
    const { layers } = this.#server.runtime;
    const keys = new Set(layers.flatMap(({ values }) => [...values.keys()]));
    return new Map(
      [...keys].map((key) => {
        const values = layers
          .map(({ values }) => values.get(key))
          .map((value) => (value === undefined ? '' : runtimeText(value)));
        return [key, { layerValues: values, finalValue: values.findLast((text) => text !== '') ?? '' }];
      }),
    );
  }

  merge(values: ReadonlyMap<string, string>): string | undefined {
    return this.#server.runtime.mergeValues(values);
  }
}

/** envoy.config.core.v3.Address as JSON. */
export function addressJson(address: Address): JsonObject {
  if (address.kind === 'pipe') return { pipe: { path: address.asString } };
  return { socket_address: { address: address.ip, port_value: address.port } };
}
