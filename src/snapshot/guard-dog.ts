import type { WatchdogEvent } from '../../sdk/watchdog.ts';
import type { LoggingInit } from './logging.ts';

/** A checked envoy.config.bootstrap.v3.Watchdog. 0 = off for kill and multikill. */
export interface WatchdogConfig {
  readonly missMs: number;
  readonly megamissMs: number;
  readonly killMs: number;
  readonly maxKillJitterMs: number;
  readonly multikillMs: number;
  /** Percent of the threads that must be stuck for multikill. */
  readonly multikillThreshold: number;
  /** In the order in which they run. */
  readonly actions: readonly WatchdogActionConfig[];
}

export interface WatchdogActionConfig {
  readonly event: WatchdogEvent;
  /** The extension's name. */
  readonly name: string;
  /** What it has made of its message: plain data. */
  readonly config: unknown;
}

/** A guard dog: what it watches, and how. */
export interface GuardDogGroup {
  readonly name: 'main_thread' | 'workers';
  readonly config: WatchdogConfig;
  readonly threads: readonly string[];
}

/** What the guard dog's thread is born with. */
export interface GuardDogInit {
  /** An Int32 a thread, in the order of `groups`: set to 1 by a thread that is alive, to 0 by the dog that has seen it. */
  readonly touches: SharedArrayBuffer;
  readonly statsMemory: unknown;
  readonly logging: LoggingInit;
  readonly plugins: readonly string[];
  readonly disabledExtensions: readonly string[];
  readonly groups: readonly GuardDogGroup[];
}
