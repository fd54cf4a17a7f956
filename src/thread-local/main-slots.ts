import type { RetainingSlot } from '../../sdk/thread-local.ts';
import type { SlotAck, SlotChannel, SlotFailure, SlotOperation } from '../snapshot/slot-messages.ts';

/** Told of every snapshot that a worker could not apply: our own fault, since main had accepted it. */
export type SlotFailureListener = (worker: string, failure: SlotFailure) => void;

interface PendingBatch {
  readonly waitingFor: Set<string>;
  readonly resolve: () => void;
}

/**
 * Main's half of thread-local storage (Envoy's ThreadLocal::Instance). Keeps the newest snapshot of every key, so that
 * a worker that joins later, or replaces a dead one, gets the whole state in the order in which it was set.
 */
export class MainSlots {
  readonly #workers = new Map<string, SlotChannel>();
  readonly #retained = new Map<string, SlotOperation>();
  readonly #bases = new Set<string>();
  readonly #pending = new Map<number, PendingBatch>();
  readonly #onFailure: SlotFailureListener;
  #batch: SlotOperation[] | undefined;
  #nextId = 1;

  constructor(onFailure: SlotFailureListener) {
    this.#onFailure = onFailure;
  }

  /** @param isBase what others look at when they are made: it stays where it was set first. */
  slot<Snapshot>(name: string, isBase = false): RetainingSlot<Snapshot> {
    if (isBase) this.#bases.add(name);
    return {
      set: (key, snapshot) => this.#run({ op: 'set', slot: name, key, snapshot }),
      retain: (key, snapshot) => this.#retain({ op: 'set', slot: name, key, snapshot }),
      delete: (key) => this.#run({ op: 'delete', slot: name, key }),
    };
  }

  /** Gathers what `fn` sets and deletes into one message a worker; settles when every worker has applied it. */
  batch(fn: () => void): Promise<void> {
    if (this.#batch !== undefined) {
      fn();
      return Promise.resolve();
    }
    const operations: SlotOperation[] = [];
    this.#batch = operations;
    try {
      fn();
    } finally {
      this.#batch = undefined;
    }
    return this.#broadcast(operations);
  }

  /** Adds a worker and sends it all that is retained; settles when it has applied that. */
  addWorker(name: string, channel: SlotChannel): Promise<void> {
    this.#workers.set(name, channel);
    return this.#send([...this.#retained.values()], [name]);
  }

  /** A worker that left is waited for no longer. */
  removeWorker(name: string): void {
    this.#workers.delete(name);
    for (const id of this.#pending.keys()) this.#settle(id, name);
  }

  onAck(worker: string, ack: SlotAck): void {
    for (const failure of ack.failures) this.#onFailure(worker, failure);
    this.#settle(ack.id, worker);
  }

  #retain(operation: SlotOperation): void {
    const id = `${operation.slot}\0${operation.key}`;
    // Deleted first, so that a new snapshot stands where it was set last: what it refers to comes before it.
    if (operation.op === 'delete' || !this.#bases.has(operation.slot)) this.#retained.delete(id);
    if (operation.op === 'set') this.#retained.set(id, operation);
  }

  #run(operation: SlotOperation): void {
    this.#retain(operation);
    if (this.#batch === undefined) void this.#broadcast([operation]);
    else this.#batch.push(operation);
  }

  #broadcast(operations: readonly SlotOperation[]): Promise<void> {
    return this.#send(operations, [...this.#workers.keys()]);
  }

  #send(operations: readonly SlotOperation[], workers: readonly string[]): Promise<void> {
    if (operations.length === 0 || workers.length === 0) return Promise.resolve();
    const id = this.#nextId++;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#pending.set(id, { waitingFor: new Set(workers), resolve });
    for (const worker of workers) this.#workers.get(worker)?.send({ kind: 'slot-batch', id, operations });
    return promise;
  }

  #settle(id: number, worker: string): void {
    const pending = this.#pending.get(id);
    if (pending === undefined || !pending.waitingFor.delete(worker) || pending.waitingFor.size > 0) return;
    this.#pending.delete(id);
    pending.resolve();
  }
}
