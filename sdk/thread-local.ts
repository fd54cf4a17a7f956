/** Slots: how data of the main thread reaches every worker (envoy/thread_local/thread_local.h). Only data crosses. */

/** One side lives on main, the other on each worker; only `Snapshot` (structured-cloneable data) crosses. */
export interface SlotDefinition<Snapshot, Local, Context> {
  readonly name: string;
  /** Worker: makes the local object of a key from its snapshot; `previous` is the one it replaces. */
  create(snapshot: Snapshot, key: string, context: Context, previous: Local | undefined): Local;
  /** Worker: the object was replaced or its key deleted. */
  dispose?(local: Local, key: string, replaced: boolean): void;
}

/** Main's side. */
export interface ThreadLocalSlot<Snapshot> {
  set(key: string, snapshot: Snapshot): void;
  delete(key: string): void;
}

/** A slot whose owner has something else to say to workers that come later. */
export interface RetainingSlot<Snapshot> extends ThreadLocalSlot<Snapshot> {
  /** For workers that come later: those that are there keep what they have. */
  retain(key: string, snapshot: Snapshot): void;
}
