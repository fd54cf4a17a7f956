/** Actions of the guard dog (envoy/server/guarddog_config.h): what is done about threads that hang. */
import type { Dispatcher } from './event.ts';
import type { Extension, Logger } from './extension.ts';
import type { Scope } from './stats.ts';

/** Watchdog.WatchdogAction.WatchdogEvent. */
export type WatchdogEvent = 'UNKNOWN' | 'KILL' | 'MULTIKILL' | 'MEGAMISS' | 'MISS';

export interface StuckThread {
  /** `main_thread` or `worker_<n>`. */
  readonly name: string;
}

/**
 * What can be learnt of a thread from outside, although it hangs. Each tells exactly once, later; undefined when the
 * thread did not listen in time: it runs native code, or has gone.
 */
export interface ThreadInspector {
  /** The calls that it is in, the innermost first: `function [file:line:column]`. */
  backtrace(thread: string, limitMs: number, onDone: (calls: readonly string[] | undefined) => void): void;
  /** What it spends `durationMs` with: JSON in V8's .cpuprofile format. */
  profile(thread: string, durationMs: number, onDone: (profile: string | undefined) => void): void;
}

/** What an action gets. It lives on the guard dog's thread, beside those that hang. */
export interface GuardDogActionContext {
  /** `main_thread` or `workers`: two dogs watch, each with a configuration of its own. */
  readonly guardDogName: string;
  readonly dispatcher: Dispatcher;
  /** Without prefix. */
  readonly scope: Scope;
  readonly threads: ThreadInspector;
  readonly files: {
    directoryExists(path: string): boolean;
    /** Why the file could not be written, in the system's words. */
    write(path: string, text: string): string | undefined;
  };
  logger(name: string): Logger;
  /** Ends the process by SIGABRT, once the backtraces of these threads are logged. */
  abort(reason: string, threads: readonly StuckThread[]): void;
}

export interface GuardDogAction {
  /** @param threads those that brought the event about; at least one */
  run(event: WatchdogEvent, threads: readonly StuckThread[]): void;
}

export interface GuardDogActionExtension<Config = unknown> extends Extension<'envoy.guarddog_actions', Config> {
  /** Names of the counters that an action of the dog `guardDogName` has: they are listed from the start. */
  counters(guardDogName: string): readonly string[];
  /** @param config as main has parsed it; it has crossed to the dog's thread, so it is plain data */
  createAction(config: Config, context: GuardDogActionContext): GuardDogAction;
}

export function defineGuardDogAction<C>(
  extension: Omit<GuardDogActionExtension<C>, 'category'>,
): GuardDogActionExtension<C> {
  return { category: 'envoy.guarddog_actions', ...extension };
}
