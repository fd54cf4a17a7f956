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
  /** News of a worker, see FromWorker `event`. */
  onEvent(worker: number, topic: string, data: unknown): void;
}

interface Member {
  readonly init: WorkerInit;
  readonly name: string;
  readonly thread: WorkerThread;
  readonly ready: PromiseWithResolvers<void>;
  readonly gone: PromiseWithResolvers<void>;
  readonly calls: Map<number, (result: unknown) => void>;
}

/** A worker that died this often in a row before it was ready is not started again. */
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
    await Promise.all([...this.#members.values()].map((member) => this.#attach(member)));
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
      gone: Promise.withResolvers<void>(),
      calls: new Map(),
    };
    this.#members.set(index, member);
    return member;
  }

  async #attach(member: Member): Promise<void> {
    const applied = this.#options.slots.addWorker(member.name, { send: (batch) => member.thread.post(batch) });
    await Promise.all([member.ready.promise, applied]);
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
        this.#failedStarts.delete(member.init.index);
        return member.ready.resolve();
      case 'answer':
        member.calls.get(message.id)?.(message.result);
        member.calls.delete(message.id);
        return;
      case 'pass-connection':
        return this.#passConnection(member, message.to, message.connection);
      case 'event':
        return this.#options.onEvent(member.init.index, message.topic, message.data);
      case 'stopped':
        return;
    }
  }

  /** To a worker that has died in the meantime nothing goes: it stays with the one that accepted it. */
  #passConnection(from: Member, to: number, connection: PassedConnection): void {
    void this.#call(this.#members.get(to) ?? from, 'adopt_connection', connection);
  }

  #onExit(member: Member, error: string | undefined): void {
    const { slots, logger, onReplaced, onGone } = this.#options;
    const { index } = member.init;
    this.#members.delete(index);
    slots.removeWorker(member.name);
    for (const answer of member.calls.values()) answer(undefined);
    onGone(member.init);
    member.gone.resolve();
    if (this.#stopping) return member.ready.resolve();
    logger.critical(`${member.name} died: ${error ?? 'it ended without being asked to'}`);
    const failures = (this.#failedStarts.get(index) ?? 0) + 1;
    this.#failedStarts.set(index, failures);
    if (failures > maxFailedStarts) {
      member.ready.resolve();
      return logger.critical(`${member.name} failed to start ${failures} times and is not replaced`);
    }
    onReplaced();
    void this.#replace(member);
  }

  async #replace(dead: Member): Promise<void> {
    const member = this.#spawn(dead.init.index);
    if (this.#started) await this.#attach(member);
    else await member.ready.promise;
    this.#options.logger.info(`${member.name} was replaced`);
    dead.ready.resolve();
  }
}
