/** Everything that main and a worker say to each other. Only data: what structured cloning keeps. */
import type { AddressData } from '../common/network/listen-transfer.ts';
import type { LoggingInit } from './logging.ts';
import type { OverloadSnapshot } from './overload.ts';
import type { SlotAck, SlotBatch } from './slot-messages.ts';

/** What a worker is born with. */
export interface WorkerInit {
  readonly index: number;
  readonly concurrency: number;
  readonly enableDispatcherStats: boolean;
  /** Statistics of a cluster's traffic are there from its first use on. */
  readonly deferTrafficStats: boolean;
  readonly drainTimeMs: number;
  /** 0 = never. */
  readonly statsEvictionIntervalMs: number;
  readonly drainStrategy: 'gradual' | 'immediate';
  readonly logging: LoggingInit;
  readonly accessLog: { readonly flushIntervalMs: number; readonly flushMinSizeBytes: number };
  readonly localInfo: {
    readonly nodeId: string;
    readonly clusterName: string;
    readonly zone: string;
    readonly region?: string;
    readonly subZone?: string;
    readonly localClusterName?: string;
    readonly address: string;
  };
  /** The API's types, in shared memory (src/common/proto/descriptor-source.ts). */
  readonly descriptors: Uint8Array;
  /** The statistics block that main reads (src/common/stats). */
  readonly statsMemory: unknown;
  /** Undefined without sinks. */
  readonly statsSinks: StatsSinksSnapshot | undefined;
  /** Where threads count accepted connections (connection-counts.ts). */
  readonly connectionCounts: SharedArrayBuffer;
  /** Numbers that threads share by key (src/common/shared/shared-numbers.ts). */
  readonly sharedNumbers: SharedArrayBuffer;
  /** Undefined where no overload manager is configured. */
  readonly overload: OverloadSnapshot | undefined;
  /** An Int32 a thread, main first: a thread that is alive sets its own to 1 (GuardDog). */
  readonly watchdog: SharedArrayBuffer;
  readonly watchdogMissMs: number;
  /** Whether /healthcheck/fail was called before the worker started. */
  readonly healthCheckFailed: boolean;
  /** Serialised envoy.extensions.transport_sockets.tls.v3.Secret of the bootstrap. */
  readonly secrets: readonly Uint8Array[];
  readonly plugins: readonly string[];
  readonly disabledExtensions: readonly string[];
  readonly socketEngine: SocketEngineInit;
  /** Where the thread writes down what would outlive it (src/native/native-ledger.ts). */
  readonly nativeLedger?: SharedArrayBuffer;
}

/** What sinks of the bootstrap are made of; main has accepted it. */
export interface StatsSinksSnapshot {
  /** Serialised envoy.config.metrics.v3.StatsSink. */
  readonly sinks: readonly Uint8Array[];
  /** Serialised envoy.config.metrics.v3.StatsConfig. */
  readonly config: Uint8Array | undefined;
  /** Of the command line (--stats-tag). */
  readonly tags: readonly { readonly name: string; readonly value: string }[];
}

/** `auto`: io_uring where the system lets us, else `node`. */
export type SocketEngineChoice = 'node' | 'io_uring' | 'auto';

/** How a thread drives its sockets; undefined sizes are the engine's own choice. */
export interface SocketEngineInit {
  readonly choice: SocketEngineChoice;
  readonly submissions: number | undefined;
  readonly receiveBufferBytes: number | undefined;
}

/** Asks a worker for something; it answers with the same id. */
export interface WorkerCall {
  readonly kind: 'call';
  readonly id: number;
  readonly method: WorkerMethod;
  readonly argument: unknown;
}

/**
 * - `reopen_logs`: SIGUSR1. `flush_logs`: before an orderly exit.
 * - `set_log_level`: `[component | undefined, level]`.
 * - `listener_action`: a ListenerAction.
 * - `accept_connections`: whether to (overload).
 * - `scale_timeouts`: they have become longer or shorter (overload).
 * - `healthcheck_fail`: whether the health check filter shall answer that we are ill.
 */
export type WorkerMethod =
  | 'reopen_logs'
  | 'flush_logs'
  | 'set_log_level'
  | 'listener_action'
  | 'accept_connections'
  | 'scale_timeouts'
  | 'healthcheck_fail';

/** A connection that another worker accepted. */
export interface AdoptConnection {
  readonly kind: 'adopt';
  readonly id: number;
  readonly connection: PassedConnection;
  /** Whether it is counted as this worker's already; it is not when it was meant for a third one, which has died. */
  readonly isBooked: boolean;
}

export type ToWorker = SlotBatch | WorkerCall | AdoptConnection | { readonly kind: 'shutdown' };

export type FromWorker =
  | SlotAck
  | { readonly kind: 'ready' }
  | { readonly kind: 'answer'; readonly id: number; readonly result: unknown }
  /** News for one of main's parts, by name. */
  | { readonly kind: 'event'; readonly topic: string; readonly data: unknown }
  /** The descriptor of an AdoptConnection is the worker's from now on, and goes with it. */
  | { readonly kind: 'adopted'; readonly id: number }
  /** For another worker. */
  | { readonly kind: 'pass-connection'; readonly to: number; readonly connection: PassedConnection }
  | { readonly kind: 'stopped' };

/** An accepted socket that goes from one worker to another. */
export interface PassedConnection {
  /** Of the listener. */
  readonly tag: string;
  readonly descriptor: number;
  readonly localAddress: AddressData;
}
