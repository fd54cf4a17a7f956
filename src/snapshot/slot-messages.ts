/**
 * What main and a worker say to each other about slots: batches one way, acknowledgements the other, over an ordered
 * transport. A batch is applied whole before the next one, so a route never arrives before its cluster.
 */

export type SlotOperation =
  | { readonly op: 'set'; readonly slot: string; readonly key: string; readonly snapshot: unknown }
  | { readonly op: 'delete'; readonly slot: string; readonly key: string };

export interface SlotBatch {
  readonly kind: 'slot-batch';
  readonly id: number;
  readonly operations: readonly SlotOperation[];
}

/** `failures` name what the worker could not apply; it kept the old objects. */
export interface SlotAck {
  readonly kind: 'slot-ack';
  readonly id: number;
  readonly failures: readonly SlotFailure[];
}

export interface SlotFailure {
  readonly slot: string;
  readonly key: string;
  readonly error: string;
}

/** One ordered channel to a worker: a MessagePort, or its in-memory twin in simulation. */
export interface SlotChannel {
  send(batch: SlotBatch): void;
}
