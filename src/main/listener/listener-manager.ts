import type { Listener } from '../../../api/generated/envoy/config/listener/v3/listener_pb.d.ts';
import { ConfigError } from '../../../sdk/config.ts';
import type { Dispatcher, Timer } from '../../../sdk/event.ts';
import type { Logger } from '../../../sdk/extension.ts';
import type { Scope } from '../../../sdk/stats.ts';
import type { ThreadLocalSlot } from '../../../sdk/thread-local.ts';
import { type ListenerConfig, sharedAddress } from '../../common/listener/listener-config.ts';
import type { SocketEngine } from '../../network/engine/engine.ts';
import type { ListenerAction, ListenerSnapshot } from '../../snapshot/listener.ts';
import { duplicateAddressFault } from '../config/duplicate-addresses.ts';
import type { InitManager } from '../init/init-manager.ts';
import { ListenerManagerStats } from './listener-manager-stats.ts';
import { ListenerSockets } from './listener-sockets.ts';
import { differsInFilterChainsOnly, ManagedListener } from './managed-listener.ts';

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
  readonly slot: ThreadLocalSlot<ListenerSnapshot>;
  readonly scope: Scope;
  readonly logger: Logger;
  readonly drainTimeMs: number;
  /** The server's: listeners added before the workers start are awaited by it. */
  readonly initManager: InitManager;
  hash(message: Listener): string;
  /** Reaches every worker, after what was set in the slot. */
  act(action: ListenerAction): void;
}

/** Why an update of a listener was refused, for /config_dump. */
export interface UpdateFailure {
  readonly name: string;
  readonly message: Listener;
  readonly lastUpdateAttemptMs: number;
  readonly details: string;
  readonly versionInfo: string;
}

interface DrainingListener {
  readonly listener: ManagedListener;
  readonly timer: Timer;
  /** Whether its sockets went on to another listener. */
  readonly socketsTaken: boolean;
}

/**
 * Main's listeners: active, warming, draining (Envoy's ListenerManagerImpl). Binds addresses, warms, publishes to the
 * workers and drains what was replaced or removed.
 */
export class ListenerManager {
  readonly stats: ListenerManagerStats;
  readonly #options: ListenerManagerOptions;
  readonly #active = new Map<string, ManagedListener>();
  readonly #warming = new Map<string, ManagedListener>();
  readonly #draining = new Set<DrainingListener>();
  readonly #failures = new Map<string, UpdateFailure>();
  readonly #stopped = new Set<string>();
  #workersStarted = false;
  #nextTag = 1;

  constructor(options: ListenerManagerOptions) {
    this.#options = options;
    this.stats = new ListenerManagerStats(options.scope);
  }

  get active(): ReadonlyMap<string, ManagedListener> {
    return this.#active;
  }

  get warming(): ReadonlyMap<string, ManagedListener> {
    return this.#warming;
  }

  get draining(): readonly ManagedListener[] {
    return [...this.#draining].map(({ listener }) => listener);
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
    if (warming !== undefined) {
      this.#warming.delete(name);
      this.#drop(warming, active?.sockets === warming.sockets);
    }
    if (active !== undefined) {
      this.#active.delete(name);
      this.#options.act({ action: 'stop', tags: [active.tag] });
      this.#drain(active, false);
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

  /** Stops accepting on the listeners that `which` selects; their connections live on. */
  stopListeners(which: (listener: ManagedListener) => boolean): void {
    for (const listener of this.#active.values()) {
      if (!which(listener) || this.#stopped.has(listener.tag)) continue;
      this.#stopped.add(listener.tag);
      this.stats.stopped.inc();
      this.#options.act({ action: 'stop', tags: [listener.tag] });
      listener.sockets[Symbol.dispose]();
    }
  }

  /** Begins to drain the connections of the listeners that `which` selects, which go on accepting. */
  startDrainSequence(which: (listener: ManagedListener) => boolean): void {
    const tags = [...this.#active.values()].filter(which).map(({ tag }) => tag);
    if (tags.length > 0) this.#options.act({ action: 'drain', tags });
  }

  /** Sets every listener anew for a worker that replaces a dead one: the sockets given to that one are gone. */
  republish(worker: number): void {
    if (!this.#workersStarted) return;
    for (const listener of this.#active.values()) {
      if (!this.#stopped.has(listener.tag)) this.#publish(listener, undefined, true, worker);
    }
  }

  /** The end of the server. */
  shutdown(): void {
    for (const { timer } of this.#draining) timer[Symbol.dispose]();
    this.#draining.clear();
    for (const listener of [...this.#active.values(), ...this.#warming.values()]) listener.sockets[Symbol.dispose]();
  }

  #addOrUpdate(checked: CheckedListener, versionInfo: string, addedViaApi: boolean): boolean {
    const { name, hash } = checked.config;
    const active = this.#active.get(name);
    const known = this.#warming.get(name) ?? active;
    if (known !== undefined && (known.config.hash === hash || (known.origin.addedViaApi && !addedViaApi))) return false;
    if (known !== undefined && !known.origin.addedViaApi && this.#workersStarted) return false;
    const inPlace =
      this.#workersStarted &&
      active !== undefined &&
      differsInFilterChainsOnly(active.message, checked.message, this.#options.hash);
    const sockets = this.#socketsFor(checked.config, known);
    const origin = { versionInfo, addedViaApi, lastUpdatedMs: this.#options.dispatcher.timeSource.systemTimeMs() };
    const tag = inPlace ? active.tag : String(this.#nextTag++);
    const listener = new ManagedListener({ ...checked, origin, sockets, tag });
    this.#put(listener, active);
    if (known === undefined) this.stats.added.inc();
    else this.stats.modified.inc();
    if (inPlace) this.stats.inPlaceUpdated.inc();
    this.#updateGauges();
    return true;
  }

  #socketsFor(config: ListenerConfig, known: ManagedListener | undefined): ListenerSockets {
    if (known?.hasSameSockets(config) === true && !this.#stopped.has(known.tag)) return known.sockets;
    this.#checkDuplicateAddress(config);
    return ListenerSockets.bind(config, this.#options.engine);
  }

  #checkDuplicateAddress(config: ListenerConfig): void {
    const others = [...this.#active.values(), ...this.#warming.values()];
    if (others.some((other) => other.name !== config.name && sharedAddress(other.config, config))) {
      throw new ConfigError(duplicateAddressFault(config));
    }
  }

  /** Before the workers start a listener is active at once, and awaited by the server; later it warms first. */
  #put(listener: ManagedListener, active: ManagedListener | undefined): void {
    const { name, initManager } = listener;
    if (!this.#workersStarted) {
      this.#replaceActive(listener, active);
      this.#options.initManager.add({
        name: `Listener-init-target ${name}`,
        initialize: (ready) => initManager.initialize(ready),
      });
      return;
    }
    const warmingBefore = this.#warming.get(name);
    if (warmingBefore !== undefined) this.#drop(warmingBefore, true);
    this.#warming.set(name, listener);
    initManager.initialize(() => this.#onWarmed(listener));
  }

  #onWarmed(listener: ManagedListener): void {
    if (this.#warming.get(listener.name) !== listener) return;
    this.#warming.delete(listener.name);
    this.#replaceActive(listener, this.#active.get(listener.name));
    this.stats.createSuccess.add(this.#options.concurrency);
    this.#updateGauges();
  }

  #replaceActive(listener: ManagedListener, previous: ManagedListener | undefined): void {
    this.#active.set(listener.name, listener);
    const inPlace = previous?.tag === listener.tag;
    this.#publish(listener, previous?.sockets === listener.sockets ? previous.tag : undefined, inPlace);
    if (previous === undefined) return;
    if (inPlace) this.#drainChains(listener.tag);
    else this.#drain(previous, previous.sockets === listener.sockets);
  }

  #publish(listener: ManagedListener, takesSocketsOf: string | undefined, inPlace: boolean, only?: number): void {
    const { concurrency, slot } = this.#options;
    slot.set(listener.tag, {
      name: listener.name,
      bytes: listener.bytes,
      fallbackName: listener.name,
      sockets: listener.sockets.transfers(concurrency, only),
      takesSocketsOf,
      inPlace,
    });
  }

  /** Connections of chains that went get the drain time to end. */
  #drainChains(tag: string): void {
    const { dispatcher, drainTimeMs, act } = this.#options;
    this.stats.totalFilterChainsDraining.inc();
    const timer = dispatcher.createTimer(() => {
      this.stats.totalFilterChainsDraining.dec();
      act({ action: 'close_draining_chains', tags: [tag] });
      timer[Symbol.dispose]();
    });
    timer.enableTimer(drainTimeMs);
  }

  #drain(listener: ManagedListener, socketsTaken: boolean): void {
    const { dispatcher, drainTimeMs, act } = this.#options;
    if (!this.#workersStarted) return this.#drop(listener, socketsTaken);
    act({ action: 'drain', tags: [listener.tag] });
    const timer = dispatcher.createTimer(() => {
      this.#draining.delete(entry);
      timer[Symbol.dispose]();
      this.#drop(listener, socketsTaken);
      this.#updateGauges();
    });
    const entry: DrainingListener = { listener, timer, socketsTaken };
    this.#draining.add(entry);
    timer.enableTimer(drainTimeMs);
  }

  /** Forgets a listener: workers close what is left of it. */
  #drop(listener: ManagedListener, socketsTaken: boolean): void {
    listener.initManager.cancel();
    this.#options.slot.delete(listener.tag);
    this.#stopped.delete(listener.tag);
    if (!socketsTaken) listener.sockets[Symbol.dispose]();
  }

  #updateGauges(): void {
    this.stats.totalActive.set(this.#active.size);
    this.stats.totalWarming.set(this.#warming.size);
    this.stats.totalDraining.set(this.#draining.size);
  }
}
