import type { ListenTransfer } from '../common/network/listen-transfer.ts';

/** A listener for the workers. Keyed by its tag, which an update that swaps sockets keeps. */
export interface ListenerSnapshot {
  readonly name: string;
  /** The envoy.config.listener.v3.Listener. */
  readonly bytes: Uint8Array;
  /** Chosen by main for listeners without a name. */
  readonly fallbackName: string;
  /** By address, then by worker; empty when the listener does not bind, undefined for workers that listen already. */
  readonly sockets: readonly (readonly (ListenTransfer | undefined)[])[];
  /** Set when this replaces another listener on the same address: its sockets go on under the new one. */
  readonly takesSocketsOf?: string | undefined;
  /** Where threads count its connections (connection-counts.ts); an in-place update goes on with the same. */
  readonly connectionCounts: SharedArrayBuffer;
  /** Whether its connections are to go, since the whole server drains. */
  readonly draining: boolean;
  /**
   * Set when only filter chains differ from the snapshot before: connections of unchanged chains live on. A number of its
   * own for each such update, by which the end of the drain time is told.
   */
  readonly inPlaceUpdate?: number;
}

/** What a worker is told to do with a listener that main lets go of. */
export type ListenerAction =
  | { readonly action: 'stop'; readonly tags: readonly string[] }
  | { readonly action: 'drain'; readonly tags: readonly string[] }
  /** The drain time is over: what is left is closed. */
  | { readonly action: 'close_draining_chains'; readonly tags: readonly string[]; readonly update: number };
