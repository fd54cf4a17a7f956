import type { Random } from '../../../sdk/event.ts';
import type { ExtensionLookup } from '../../../sdk/extension.ts';
import type { Logging } from '../../common/logging/logger.ts';
import type { TypeRegistry } from '../../common/proto/type-registry.ts';
import { ThreadSinks } from '../../common/stats/sinks/thread-sinks.ts';
import type { StatsMemory } from '../../common/stats/stats-memory.ts';
import { StatsStore } from '../../common/stats/stats-store.ts';
import type { LoopDispatcher, RunType } from '../../event/dispatcher.ts';
import { SimulatedDispatcher, type SimulatedTime } from '../../event/simulated-dispatcher.ts';
import type { WorkerThread, WorkerThreadCallbacks, WorkerThreadFactory } from '../../main/workers/worker-thread.ts';
import { MemorySocketEngine } from '../../network/engine/memory/memory-engine.ts';
import type { MemoryNetwork } from '../../network/engine/memory/memory-network.ts';
import type { FromWorker, ToWorker, WorkerInit } from '../../snapshot/worker-messages.ts';
import { openWorkerSinks } from '../../worker/stats/worker-sinks.ts';
import { Worker } from '../../worker/worker.ts';
import type { LogBook } from './log-book.ts';

/** A loop that a simulation's owner drives: `run` only waits for `exit`. A fault in it goes to `onFault`, if given. */
export class ThreadDispatcher extends SimulatedDispatcher {
  onFault: ((error: unknown) => void) | undefined = undefined;
  #waiting: (() => void)[] = [];

  override runIteration(): boolean {
    const { onFault } = this;
    if (onFault === undefined) return super.runIteration();
    try {
      return super.runIteration();
    } catch (error) {
      onFault(error);
      return true;
    }
  }

  override run(type: RunType): Promise<void> {
    if (type !== 'RunUntilExit') return super.run(type);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  override exit(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

export interface SimulatedThreadsOptions {
  readonly time: SimulatedTime;
  readonly main: LoopDispatcher;
  readonly network: MemoryNetwork;
  readonly types: TypeRegistry;
  readonly extensions: ExtensionLookup;
  readonly logs: LogBook;
  logging(threadId: number): Logging;
  /** The chance of a thread that starts. */
  createRandom(): Random;
}

/**
 * Workers in the thread of main. What they say to each other is cloned and posted, so that it arrives later and in
 * order, as over a MessagePort. A fault in a worker ends that worker alone: the kernel's part, closing its sockets, is done.
 */
export class SimulatedThreads implements WorkerThreadFactory {
  readonly #options: SimulatedThreadsOptions;
  readonly #running = new Map<number, SimulatedThread>();
  readonly #all: SimulatedThread[] = [];

  constructor(options: SimulatedThreadsOptions) {
    this.#options = options;
  }

  /** The worker's inside, for tests that look there. */
  get(index: number): SimulatedThread {
    const thread = this.#running.get(index);
    if (thread === undefined) throw new Error(`there is no worker_${index}`);
    return thread;
  }

  /** Sockets that workers left open when they ended in order: a leak. */
  get leakedSockets(): number {
    return this.#all.reduce((sum, { leakedSockets }) => sum + leakedSockets, 0);
  }

  spawn(init: WorkerInit, callbacks: WorkerThreadCallbacks): WorkerThread {
    const thread = new SimulatedThread(structuredClone(init), callbacks, this.#options);
    this.#running.set(init.index, thread);
    this.#all.push(thread);
    return thread;
  }
}

export class SimulatedThread implements WorkerThread {
  readonly dispatcher: ThreadDispatcher;
  readonly engine: MemorySocketEngine;
  leakedSockets = 0;
  readonly #init: WorkerInit;
  readonly #callbacks: WorkerThreadCallbacks;
  readonly #options: SimulatedThreadsOptions;
  #worker: Worker | undefined = undefined;
  #sinks: ThreadSinks | undefined = undefined;
  #ended = false;

  constructor(init: WorkerInit, callbacks: WorkerThreadCallbacks, options: SimulatedThreadsOptions) {
    this.#init = init;
    this.#callbacks = callbacks;
    this.#options = options;
    this.dispatcher = new ThreadDispatcher(`worker_${init.index}`, options.time, options.createRandom());
    this.dispatcher.onFault = (error) =>
      this.#die(error instanceof Error ? (error.stack ?? error.message) : `${error}`);
    this.engine = new MemorySocketEngine(this.dispatcher, options.network);
    this.dispatcher.post(() => this.#start());
  }

  get worker(): Worker {
    if (this.#worker === undefined) throw new Error(`${this.dispatcher.name} has not started`);
    return this.#worker;
  }

  post(message: ToWorker): void {
    const copy = structuredClone(message);
    this.dispatcher.post(() => this.#receive(copy));
  }

  terminate(): void {
    this.#die(undefined);
  }

  #start(): void {
    const { types, extensions, logs, logging } = this.#options;
    const { statsMemory, statsSinks, index } = this.#init;
    const store = new StatsStore(statsMemory as StatsMemory);
    if (statsSinks !== undefined) {
      this.#sinks = new ThreadSinks();
      store.tapHistograms(this.#sinks);
      openWorkerSinks(this.#sinks, statsSinks, { types, extensions, engine: this.engine });
    }
    this.#worker = new Worker({
      ...this.#init,
      types,
      extensions,
      dispatcher: this.dispatcher,
      engine: this.engine,
      logging: logging(index + 1),
      scope: store.createScope(),
      accessLogs: logs,
      post: (message) => this.#send(message),
    });
    this.#send({ kind: 'ready' });
  }

  #receive(message: ToWorker): void {
    this.worker.onMessage(message);
    if (message.kind !== 'shutdown') return;
    this.#sinks?.[Symbol.dispose]();
    this.leakedSockets = this.engine.openSockets;
    this.#end(undefined);
  }

  #send(message: FromWorker): void {
    const copy = structuredClone(message);
    this.#options.main.post(() => this.#callbacks.onMessage(copy));
  }

  #die(error: string | undefined): void {
    if (this.#ended) return;
    this.engine[Symbol.dispose]();
    this.#end(error);
  }

  #end(error: string | undefined): void {
    this.#ended = true;
    this.dispatcher.shutdown();
    this.#options.main.post(() => this.#callbacks.onExit({ error }));
  }
}
