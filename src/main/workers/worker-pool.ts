import type { Logger } from '../../../sdk/extension.ts';
import type { FromWorker, PassedConnection, WorkerInit, WorkerMethod } from '../../snapshot/worker-messages.ts';
import type { MainSlots } from '../../thread-local/main-slots.ts';
import type { WorkerThread, WorkerThreadFactory } from './worker-thread.ts';

export interface WorkerPoolOptions {
  readonly concurrency: number;
  readonly factory: WorkerThreadFactory;
  readonly slots: MainSlots;
  readonly logger: Logger;
  /** Made anew for each thread: a replacement gets its own statistics block. */
  initFor(index: number): WorkerInit;
  /** Told when a thread is gone for good: its statistics block is closed. */
  onGone(init: WorkerInit): void;
  /** A worker died and another takes its place. */
  onReplaced(): void;
  /** No worker is left to take it. */
  closeConnection(connection: PassedConnection): void;
  /** News of a worker, see FromWorker `event`. */
  onEvent(worker: number, topic: string, data: unknown): void;
}

interface Member {
  readonly init: WorkerInit;
  readonly name: string;
  readonly thread: WorkerThread;
  readonly ready: PromiseWithResolvers<void>;
  /** It serves, or the one in its place does, or its place stays empty. */
  readonly settled: PromiseWithResolvers<void>;
  readonly gone: PromiseWithResolvers<void>;
  readonly calls: Map<number, (result: unknown) => void>;
  /** Connections on their way to it: still nobody's. */
  readonly passed: Map<number, PassedConnection>;
  /** It has its listeners. */
  serves: boolean;
}

/** A worker that died this often in a row before it served is not started again. */
const maxFailedStarts = 3;

/** Starts the workers, talks to them, and replaces one that dies of a fault without touching the others. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #members = new Map<number, Member>();
  readonly #failedStarts = new Map<number, number>();
  #started = false;
  #stopping = false;
  #nextCall = 1;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  /** Starts the threads, so that they load while main goes on; they get no snapshots yet. */
  prepare(): void {
    for (let index = 0; index < this.#options.concurrency; index++) this.#spawn(index);
  }

  /** Sends the retained snapshots to all; settles when each has applied them and says that it is ready. */
  async start(): Promise<void> {
    this.#started = true;
    const members = [...this.#members.values()];
    for (const member of members) void this.#attach(member);
    await Promise.all(members.map(({ settled }) => settled.promise));
  }

  /** The answers of all workers that are alive; a worker that dies meanwhile answers undefined. */
  callAll(method: WorkerMethod, argument?: unknown): Promise<unknown[]> {
    return Promise.all([...this.#members.values()].map((member) => this.#call(member, method, argument)));
  }

  /** Asks each to stop and waits; orderly, so that logs are written and sockets closed. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const members = [...this.#members.values()];
    for (const member of members) member.thread.post({ kind: 'shutdown' });
    await Promise.all(members.map((member) => member.gone.promise));
  }

  get size(): number {
    return this.#members.size;
  }

  #spawn(index: number): Member {
    const { factory, initFor } = this.#options;
    const init = initFor(index);
    const name = `worker_${index}`;
    const thread = factory.spawn(init, {
      onMessage: (message) => this.#onMessage(member, message),
      onExit: ({ error }) => this.#onExit(member, error),
    });
    const member: Member = {
      init,
      name,
      thread,
      ready: Promise.withResolvers<void>(),
      settled: Promise.withResolvers<void>(),
      gone: Promise.withResolvers<void>(),
      calls: new Map(),
      passed: new Map(),
      serves: false,
    };
    this.#members.set(index, member);
    return member;
  }

  async #attach(member: Member): Promise<void> {
    const applied = this.#options.slots.addWorker(member.name, { send: (batch) => member.thread.post(batch) });
    await Promise.all([member.ready.promise, applied]);
    // It may have died in between.
    if (this.#members.get(member.init.index) !== member) return;
    member.serves = true;
    this.#failedStarts.delete(member.init.index);
    member.settled.resolve();
  }

  #call(member: Member, method: WorkerMethod, argument: unknown): Promise<unknown> {
    const id = this.#nextCall++;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    member.calls.set(id, resolve);
    member.thread.post({ kind: 'call', id, method, argument });
    return promise;
  }

  #onMessage(member: Member, message: FromWorker): void {
    switch (message.kind) {
      case 'slot-ack':
        return this.#options.slots.onAck(member.name, message);
      case 'ready':
        return member.ready.resolve();
      case 'answer':
        member.calls.get(message.id)?.(message.result);
        member.calls.delete(message.id);
        return;
      case 'pass-connection':
        return this.#passConnection(message.connection, message.to, member);
      case 'adopted':
        member.passed.delete(message.id);
        return;
      case 'event':
        return this.#options.onEvent(member.init.index, message.topic, message.data);
      case 'stopped':
        return;
    }
  }

  /** To the worker that was chosen if it serves, else back to the one that accepted it, else to any. */
  #passConnection(connection: PassedConnection, to: number, from?: Member): void {
    const chosen = this.#members.get(to);
    const serving = [...this.#members.values()].filter(({ serves }) => serves);
    const member = serving.find((each) => each === chosen) ?? serving.find((each) => each === from) ?? serving[0];
    if (member === undefined || this.#stopping) return this.#options.closeConnection(connection);
    const id = this.#nextCall++;
    member.passed.set(id, connection);
    member.thread.post({ kind: 'adopt', id, connection, isBooked: member === chosen });
  }

  #onExit(member: Member, error: string | undefined): void {
    const { slots, logger, onReplaced, onGone } = this.#options;
    const { index } = member.init;
    this.#members.delete(index);
    slots.removeWorker(member.name);
    for (const answer of member.calls.values()) answer(undefined);
    onGone(member.init);
    for (const connection of member.passed.values()) this.#passConnection(connection, index);
    member.gone.resolve();
    member.ready.resolve();
    if (this.#stopping) return member.settled.resolve();
    logger.critical(`${member.name} died: ${error ?? 'it ended without being asked to'}`);
    const failures = (this.#failedStarts.get(index) ?? 0) + 1;
    this.#failedStarts.set(index, failures);
    if (failures > maxFailedStarts) {
      member.settled.resolve();
      return logger.critical(`${member.name} failed to start ${failures} times and is not replaced`);
    }
    onReplaced();
    void this.#replace(member);
  }

  async #replace(dead: Member): Promise<void> {
    const member = this.#spawn(dead.init.index);
    if (this.#started) void this.#attach(member);
    await (this.#started ? member.settled : member.ready).promise;
    if (this.#members.get(member.init.index) === member) this.#options.logger.info(`${member.name} was replaced`);
    dead.settled.resolve();
  }
}
