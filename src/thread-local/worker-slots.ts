import type { SlotDefinition } from '../../sdk/thread-local.ts';
import type { SlotAck, SlotBatch, SlotFailure, SlotOperation } from '../snapshot/slot-messages.ts';

interface Slot<Context> {
  readonly definition: SlotDefinition<unknown, unknown, Context>;
  readonly locals: Map<string, unknown>;
}

/** A worker's half of thread-local storage: local objects made from main's snapshots, read without locks. */
export class WorkerSlots<Context> {
  readonly #slots = new Map<string, Slot<Context>>();
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Every slot is defined before the first batch: main and worker know the same names. */
  define<Snapshot, Local>(definition: SlotDefinition<Snapshot, Local, Context>): ReadonlyMap<string, Local> {
    const locals = new Map<string, unknown>();
    this.#slots.set(definition.name, {
      definition: definition as unknown as SlotDefinition<unknown, unknown, Context>,
      locals,
    });
    return locals as ReadonlyMap<string, Local>;
  }

  /** Applies a batch in order. What cannot be applied keeps its old object and is named in the answer. */
  apply(batch: SlotBatch): SlotAck {
    const failures: SlotFailure[] = [];
    for (const operation of batch.operations) {
      const error = this.#applyOne(operation);
      if (error !== undefined) failures.push({ slot: operation.slot, key: operation.key, error });
    }
    return { kind: 'slot-ack', id: batch.id, failures };
  }

  /** Drops every local object, last defined slot first. */
  shutdown(): void {
    for (const { definition, locals } of [...this.#slots.values()].reverse()) {
      for (const [key, local] of locals) definition.dispose?.(local, key, false);
      locals.clear();
    }
  }

  #applyOne(operation: SlotOperation): string | undefined {
    const slot = this.#slots.get(operation.slot);
    if (slot === undefined) return `no slot ${operation.slot}`;
    try {
      if (operation.op === 'set') this.#set(slot, operation.key, operation.snapshot);
      else this.#delete(slot, operation.key);
      return undefined;
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  }

  #set({ definition, locals }: Slot<Context>, key: string, snapshot: unknown): void {
    const previous = locals.get(key);
    const next = definition.create(snapshot, key, this.#context, previous);
    locals.set(key, next);
    if (previous !== undefined && previous !== next) definition.dispose?.(previous, key, true);
  }

  #delete({ definition, locals }: Slot<Context>, key: string): void {
    const local = locals.get(key);
    if (local === undefined) return;
    locals.delete(key);
    definition.dispose?.(local, key, false);
  }
}
