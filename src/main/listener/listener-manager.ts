import type { Listener } from '../../../api/generated/envoy/config/listener/v3/listener_pb.d.ts';
import { ConfigError } from '../../../sdk/config.ts';
import type { Dispatcher } from '../../../sdk/event.ts';
import type { Logger } from '../../../sdk/extension.ts';
import type { Scope } from '../../../sdk/stats.ts';
import type { RetainingSlot } from '../../../sdk/thread-local.ts';
import { type ListenerConfig, sharedAddress } from '../../common/listener/listener-config.ts';
import type { SocketEngine } from '../../network/engine/engine.ts';
import { createConnectionCounts, forgetConnections } from '../../snapshot/connection-counts.ts';
import type { ListenerAction, ListenerSnapshot } from '../../snapshot/listener.ts';
import { duplicateAddressFault } from '../config/duplicate-addresses.ts';
import type { InitManager, InitTarget } from '../init/init-manager.ts';
import { Drains } from './drains.ts';
import { ListenerManagerStats } from './listener-manager-stats.ts';
import { ListenerSockets } from './listener-sockets.ts';
import { ListenerTarget } from './listener-target.ts';
import { differsInFilterChainsOnly, goneFilterChains, ManagedListener } from './managed-listener.ts';

/** A listener that passed its checks. */
export interface CheckedListener {
  readonly message: Listener;
  readonly bytes: Uint8Array;
  readonly config: ListenerConfig;
}

export interface ListenerManagerOptions {
  readonly dispatcher: Dispatcher;
  readonly engine: SocketEngine;
  readonly concurrency: number;
  readonly slot: RetainingSlot<ListenerSnapshot>;
  readonly scope: Scope;
  readonly logger: Logger;
  readonly drainTimeMs: number;
  /** The server's: listeners added before the workers start are awaited by it. */
  readonly initManager: InitManager;
  hash(message: Listener): string;
  /** Reaches every worker, after what was set in the slot. */
  act(action: ListenerAction): void;
  /** What a listener waits for before it is taken into use; by default nothing. */
  readonly initTargets?: (listener: ManagedListener) => readonly InitTarget[];
}

/** Why an update of a listener was refused, for /config_dump. */
export interface UpdateFailure {
  readonly name: string;
  readonly message: Listener;
  readonly lastUpdateAttemptMs: number;
  readonly details: string;
  readonly versionInfo: string;
}

/** Which listeners are meant, by their traffic direction. */
export type ListenerSelection = 'all' | 'inbound';

/**
 * Main's listeners: active, warming, draining (Envoy's ListenerManagerImpl). Binds addresses, warms, publishes to the
 * workers and drains what was replaced or removed.
 */
export class ListenerManager {
  readonly stats: ListenerManagerStats;
  readonly #options: ListenerManagerOptions;
  readonly #active = new Map<string, ManagedListener>();
  readonly #warming = new Map<string, ManagedListener>();
  readonly #drains: Drains;
  readonly #failures = new Map<string, UpdateFailure>();
  /** Of listeners that were stopped and not removed. */
  readonly #stoppedTags = new Set<string>();
  /** What the server's init manager waits for, by listener name. */
  readonly #targets = new Map<string, ListenerTarget>();
  #stopped: ListenerSelection | 'none' = 'none';
  #drainStarted: ListenerSelection | 'none' = 'none';
  #workersStarted = false;
  #nextTag = 1;

  constructor(options: ListenerManagerOptions) {
    this.#options = options;
    this.stats = new ListenerManagerStats(options.scope);
    this.#drains = new Drains(options.dispatcher, options.drainTimeMs);
  }

  get active(): ReadonlyMap<string, ManagedListener> {
    return this.#active;
  }

  get warming(): ReadonlyMap<string, ManagedListener> {
    return this.#warming;
  }

  get draining(): readonly ManagedListener[] {
    return this.#drains.listeners;
  }

  get updateFailures(): readonly UpdateFailure[] {
    return [...this.#failures.values()];
  }

  /**
   * Adds or replaces a listener; false when nothing is to be done. Throws ConfigError, with the running listeners as
   * they were, when its addresses are taken.
   */
  addOrUpdateListener(checked: CheckedListener, versionInfo: string, addedViaApi: boolean): boolean {
    const { name } = checked.config;
    try {
      const done = this.#addOrUpdate(checked, versionInfo, addedViaApi);
      this.#failures.delete(name);
      return done;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      this.recordFailure(name, checked.message, versionInfo, error.message);
      throw error;
    }
  }

  /** An update was refused, here or by its checks; shown until one succeeds. */
  recordFailure(name: string, message: Listener, versionInfo: string, details: string): void {
    const lastUpdateAttemptMs = this.#options.dispatcher.timeSource.systemTimeMs();
    this.#failures.set(name, { name, message, versionInfo, details, lastUpdateAttemptMs });
  }

  /** Drains and removes a listener that came over xDS; false when there is none of the name, or a static one. */
  removeListener(name: string): boolean {
    const active = this.#active.get(name);
    const warming = this.#warming.get(name);
    this.#failures.delete(name);
    if ((active ?? warming)?.origin.addedViaApi !== true) return false;
    this.#dropWarming(name);
    if (active !== undefined) {
      this.#active.delete(name);
      if (this.#workersStarted) this.#drain(active);
      else this.#forget(active);
    }
    this.stats.removed.inc();
    this.#updateGauges();
    return true;
  }

  /** From now on listeners warm before they are active. The workers have what was added so far. */
  startWorkers(): void {
    this.#workersStarted = true;
    this.stats.workersStarted.set(1);
    this.stats.createSuccess.add(this.#active.size * this.#options.concurrency);
  }

  /**
   * Stops accepting, for good: listeners of this selection are neither added nor updated any more. Their connections drain,
   * if they do not already.
   */
  stopListeners(selection: ListenerSelection): void {
    this.#stopped = selection;
    if (this.#drainStarted !== 'all') this.startDrainSequence(selection);
    for (const listener of this.#active.values()) {
      if (!isSelected(listener.config, selection)) continue;
      this.#dropWarming(listener.name);
      if (this.#stoppedTags.has(listener.tag)) continue;
      this.#stoppedTags.add(listener.tag);
      this.stats.stopped.inc();
      this.#options.act({ action: 'stop', tags: [listener.tag] });
      listener.sockets[Symbol.dispose]();
    }
    this.#updateGauges();
  }

  /** Begins to drain the connections of the selected listeners, which go on accepting. */
  startDrainSequence(selection: ListenerSelection): void {
    const before = this.#drainStarted;
    this.#drainStarted = selection;
    const drains = ({ config }: ManagedListener): boolean =>
      isSelected(config, selection) && (before !== 'inbound' || !isSelected(config, before));
    const tags = [...this.#active.values()].filter(drains).map(({ tag }) => tag);
    if (tags.length > 0) this.#options.act({ action: 'drain', tags });
  }

  /** What a worker that replaces a dead one starts with: the sockets given to that one are gone. */
  republish(worker: number): void {
    if (!this.#workersStarted) return;
    const { slot } = this.#options;
    for (const listener of this.#active.values()) {
      const sockets = this.#stoppedTags.has(listener.tag) ? [] : this.#transfers(listener, worker);
      slot.retain(listener.tag, this.#snapshot(listener, { sockets }));
    }
    for (const listener of this.#drains.listeners) slot.retain(listener.tag, this.#snapshot(listener, { sockets: [] }));
  }

  /** A worker has gone: its connections count no longer, and none are passed to it. */
  forgetWorker(worker: number): void {
    for (const { connectionCounts } of [...this.#active.values(), ...this.#drains.listeners])
      forgetConnections(connectionCounts, worker);
  }

  /** The end of the server. */
  shutdown(): void {
    this.#drains[Symbol.dispose]();
    for (const listener of [...this.#active.values(), ...this.#warming.values()]) listener.sockets[Symbol.dispose]();
  }

  #addOrUpdate(checked: CheckedListener, versionInfo: string, addedViaApi: boolean): boolean {
    const { logger } = this.#options;
    const { name, hash, trafficDirection } = checked.config;
    if (this.#stopped !== 'none' && isSelected(checked.config, this.#stopped)) {
      logger.debug(
        `listener ${name} can not be added because listeners in the traffic direction ${trafficDirection} are stopped`,
      );
      return false;
    }
    const active = this.#active.get(name);
    const warming = this.#warming.get(name);
    const isBlocked = (known: ManagedListener | undefined): boolean =>
      known !== undefined && (known.config.hash === hash || !known.origin.addedViaApi);
    if (warming !== undefined && isBlocked(active)) {
      this.#dropWarming(name);
      this.stats.modified.inc();
      this.#updateGauges();
      return true;
    }
    if (isBlocked(warming) || isBlocked(active)) {
      logger.debug(`duplicate/locked listener '${name}'. no add/update`);
      return false;
    }
    this.#put(this.#create(checked, versionInfo, addedViaApi));
    if (active === undefined && warming === undefined) this.stats.added.inc();
    else this.stats.modified.inc();
    this.#updateGauges();
    return true;
  }

  #create(checked: CheckedListener, versionInfo: string, addedViaApi: boolean): ManagedListener {
    const { dispatcher, concurrency, hash } = this.#options;
    const { name } = checked.config;
    const active = this.#active.get(name);
    const inPlaceOf =
      this.#workersStarted && active !== undefined && differsInFilterChainsOnly(active.message, checked.message, hash)
        ? active
        : undefined;
    if (inPlaceOf !== undefined) this.stats.inPlaceUpdated.inc();
    const sockets = this.#socketsFor(checked.config, this.#warming.get(name) ?? active);
    const origin = { versionInfo, addedViaApi, lastUpdatedMs: dispatcher.timeSource.systemTimeMs() };
    const tag = inPlaceOf?.tag ?? String(this.#nextTag++);
    const connectionCounts = inPlaceOf?.connectionCounts ?? createConnectionCounts(concurrency);
    const listener = new ManagedListener({ ...checked, origin, sockets, tag, connectionCounts });
    for (const target of this.#options.initTargets?.(listener) ?? []) listener.initManager.add(target);
    return listener;
  }

  #socketsFor(config: ListenerConfig, known: ManagedListener | undefined): ListenerSockets {
    if (known !== undefined && known.config.reusePort !== config.reusePort)
      throw new ConfigError(`Listener ${config.name}: reuse port cannot be changed during an update`);
    if (known?.hasSameSockets(config) === true) return known.sockets;
    const others = [...this.#active.values(), ...this.#warming.values()];
    // Versions of one listener can have sockets side by side, if their port is shared.
    const mayShare = (other: ManagedListener): boolean => config.reusePort && other.name === config.name;
    if (others.some((other) => !mayShare(other) && sharedAddress(other.config, config)))
      throw new ConfigError(duplicateAddressFault(config));
    return this.#bind(config);
  }

  #bind(config: ListenerConfig): ListenerSockets {
    const { engine, logger, concurrency } = this.#options;
    try {
      return ListenerSockets.bind(config, engine, concurrency);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      logger.error(`listener '${config.name}' failed to bind or apply socket options: ${error.message}`);
      this.stats.createFailure.inc();
      throw error;
    }
  }

  /** Before the workers start a listener is active at once, and awaited by the server; later it warms first. */
  #put(listener: ManagedListener): void {
    const { name, initManager } = listener;
    if (this.#workersStarted) {
      this.#dropWarming(name, listener);
      this.#warming.set(name, listener);
      initManager.initialize(() => this.#onWarmed(listener));
      return;
    }
    const previous = this.#active.get(name);
    this.#active.set(name, listener);
    if (previous !== undefined) this.#forget(previous);
    const target = new ListenerTarget(listener);
    this.#targets.set(name, target);
    this.#options.slot.set(listener.tag, this.#snapshot(listener, { sockets: this.#transfers(listener) }));
    this.#options.initManager.add(target);
  }

  #onWarmed(listener: ManagedListener): void {
    const { slot, concurrency } = this.#options;
    const { name, tag } = listener;
    const previous = this.#active.get(name);
    this.#warming.delete(name);
    this.#active.set(name, listener);
    if (previous?.tag === tag) {
      this.#updateInPlace(listener, previous);
    } else {
      const takesSocketsOf = previous?.sockets === listener.sockets ? previous.tag : undefined;
      const sockets = takesSocketsOf === undefined ? this.#transfers(listener) : [];
      slot.set(tag, this.#snapshot(listener, { sockets, takesSocketsOf }));
      if (previous !== undefined) this.#drain(previous);
    }
    this.stats.createSuccess.add(concurrency);
    this.#updateGauges();
  }

  /** Connections of chains that went get the drain time to end. */
  #updateInPlace(listener: ManagedListener, previous: ManagedListener): void {
    const { slot, act } = this.#options;
    const { totalFilterChainsDraining } = this.stats;
    const { tag } = listener;
    const chains = goneFilterChains(previous.config, listener.config);
    totalFilterChainsDraining.add(chains);
    const update = this.#drains.addChains(() => {
      act({ action: 'close_draining_chains', tags: [tag], update });
      totalFilterChainsDraining.sub(chains);
    });
    slot.set(tag, this.#snapshot(listener, { sockets: [], inPlaceUpdate: update }));
  }

  /** Accepts no more; connections get the drain time to end. */
  #drain(listener: ManagedListener): void {
    const { act, slot } = this.#options;
    const { tag } = listener;
    act({ action: 'stop', tags: [tag] });
    act({ action: 'drain', tags: [tag] });
    this.#drains.addListener(listener, () => {
      slot.delete(tag);
      this.#updateGauges();
    });
    this.#stoppedTags.delete(tag);
    this.#releaseSockets(listener);
  }

  #snapshot(
    listener: ManagedListener,
    update: Pick<ListenerSnapshot, 'sockets'> & Partial<Pick<ListenerSnapshot, 'takesSocketsOf' | 'inPlaceUpdate'>>,
  ): ListenerSnapshot {
    const { name, bytes, connectionCounts, config } = listener;
    const draining = this.#drainStarted !== 'none' && isSelected(config, this.#drainStarted);
    return { name, bytes, fallbackName: name, connectionCounts, draining, ...update };
  }

  #transfers(listener: ManagedListener, only?: number): ListenerSnapshot['sockets'] {
    return listener.sockets.transfers(this.#options.concurrency, only);
  }

  /** A listener that the workers have not seen. */
  #dropWarming(name: string, successor?: ManagedListener): void {
    const warming = this.#warming.get(name);
    if (warming === undefined) return;
    this.#warming.delete(name);
    warming.initManager.cancel();
    if (successor?.sockets !== warming.sockets) this.#releaseSockets(warming);
  }

  /** A listener that was active before the workers started. */
  #forget(listener: ManagedListener): void {
    this.#targets.get(listener.name)?.drop();
    this.#targets.delete(listener.name);
    this.#options.slot.delete(listener.tag);
    this.#releaseSockets(listener);
  }

  /** Gives addresses back that no other version of the listener uses. */
  #releaseSockets({ sockets }: ManagedListener): void {
    const inUse = [...this.#active.values(), ...this.#warming.values()].some((other) => other.sockets === sockets);
    if (!inUse) sockets[Symbol.dispose]();
  }

  #updateGauges(): void {
    this.stats.totalActive.set(this.#active.size);
    this.stats.totalWarming.set(this.#warming.size);
    if (this.stats.totalDraining.value !== this.#drains.listeners.length) {
      this.stats.totalDraining.set(this.#drains.listeners.length);
    }
  }
}

function isSelected({ trafficDirection }: ListenerConfig, selection: ListenerSelection): boolean {
  return selection === 'all' || trafficDirection === 'INBOUND';
}
