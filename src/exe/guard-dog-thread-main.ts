import { statSync, writeFileSync } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import type { Timer } from '../../sdk/event.ts';
import type { Scope } from '../../sdk/stats.ts';
import type {
  GuardDogAction,
  GuardDogActionContext,
  GuardDogActionExtension,
  StuckThread,
  WatchdogEvent,
} from '../../sdk/watchdog.ts';
import { reportExtensionFault } from '../common/extension-fault.ts';
import type { Logging } from '../common/logging/logger.ts';
import type { StatsMemory } from '../common/stats/stats-memory.ts';
import { StatsStore } from '../common/stats/stats-store.ts';
import { RealDispatcher } from '../event/real-dispatcher.ts';
import { GuardDog, type WatchedThread } from '../main/guard-dog/guard-dog.ts';
import { watchdogStats } from '../main/stats/server-stats.ts';
import type { GuardDogGroup, GuardDogInit } from '../snapshot/guard-dog.ts';
import { ProcessAbort } from './process-abort.ts';
import { SessionInspector } from './thread-inspector.ts';
import { openThreadLogging } from './thread-logging.ts';

/** As an action's context, but for the dog's name. */
type SharedContext = Omit<GuardDogActionContext, 'guardDogName'>;

/** Watches the threads of all groups until main says stop. */
export async function startGuardDogs(init: GuardDogInit, port: MessagePort): Promise<void> {
  const dispatcher = new RealDispatcher('guarddog_thread');
  const { groups } = init;
  const threadCount = groups.reduce((sum, { threads }) => sum + threads.length, 0);
  const logging = openThreadLogging(init.logging, threadCount, dispatcher);
  const scope = new StatsStore(init.statsMemory as StatsMemory).createScope();
  const inspector = new SessionInspector(dispatcher);
  const abort = new ProcessAbort(inspector, logging);
  const context = createContext(dispatcher, scope, inspector, logging, abort);
  const extensions = await loadActions(init);
  const touches = new Int32Array(init.touches);
  let flag = 0;
  const timers = groups.map((group) => {
    const threads = group.threads.map((name) => watchedThread(name, group, scope, touches, flag++));
    return watch(group, threads, context, createActions(group, extensions, context));
  });
  port.on('message', () => {
    for (const timer of timers) timer[Symbol.dispose]();
    inspector.whenIdle(() => {
      dispatcher.shutdown();
      port.close();
    });
  });
}

function watch(
  { config }: GuardDogGroup,
  threads: readonly WatchedThread[],
  { dispatcher, abort }: SharedContext,
  actions: ReadonlyMap<WatchdogEvent, readonly GuardDogAction[]>,
): Timer {
  const now = () => dispatcher.timeSource.monotonicTimeMs();
  const draw = () => dispatcher.random.random() / Number.MAX_SAFE_INTEGER;
  const dog = new GuardDog({ config, threads, nowMs: now(), kill: abort, actions, draw });
  const timer = dispatcher.createTimer(() => {
    dog.check(now());
    timer.enableTimer(dog.intervalMs);
  });
  timer.enableTimer(dog.intervalMs);
  return timer;
}

function watchedThread(
  name: string,
  group: GuardDogGroup,
  scope: Scope,
  touches: Int32Array,
  flag: number,
): WatchedThread {
  return {
    name,
    stats: watchdogStats(scope, group.name, name),
    wasTouched: () => Atomics.exchange(touches, flag, 0) === 1,
  };
}

type FindAction = (name: string) => GuardDogActionExtension;

/** Extensions cost memory; they are loaded where there is an action. */
async function loadActions({ groups, plugins, disabledExtensions }: GuardDogInit): Promise<FindAction> {
  const names = groups.flatMap(({ config }) => config.actions.map(({ name }) => name));
  const { loadExtensions } = names.length === 0 ? {} : await import('./load-extensions.ts');
  const registry = await loadExtensions?.(plugins, disabledExtensions);
  return (name) => {
    const found = registry?.byName('envoy.guarddog_actions', name);
    if (found === undefined) throw new Error(`main knows the action ${name}, the guard dog's thread does not`);
    return found as GuardDogActionExtension;
  };
}

function createActions(
  { name: guardDogName, config }: GuardDogGroup,
  find: FindAction,
  context: SharedContext,
): ReadonlyMap<WatchdogEvent, readonly GuardDogAction[]> {
  const actions = config.actions.map(({ event, name, config }) => ({
    event,
    action: guarded(find(name).createAction(config, { ...context, guardDogName }), context),
  }));
  const byEvent = Map.groupBy(actions, ({ event }) => event);
  return new Map([...byEvent].map(([event, list]) => [event, list.map(({ action }) => action)]));
}

/** An action that throws must not end the watch. */
function guarded(action: GuardDogAction, context: SharedContext): GuardDogAction {
  return {
    run(event: WatchdogEvent, threads: readonly StuckThread[]) {
      try {
        action.run(event, threads);
      } catch (error) {
        reportExtensionFault(context, context.scope.scope('server'), 'a watchdog action', error);
      }
    },
  };
}

function createContext(
  dispatcher: RealDispatcher,
  scope: Scope,
  threads: SessionInspector,
  logging: Logging,
  abort: ProcessAbort,
): SharedContext {
  return {
    dispatcher,
    scope,
    threads,
    logger: (name) => logging.logger(name),
    files: {
      directoryExists: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
      write(path, text) {
        try {
          writeFileSync(path, text);
          return undefined;
        } catch (error) {
          return error instanceof Error ? error.message : String(error);
        }
      },
    },
    abort: (reason, threads) => abort.abort(reason, threads),
  };
}
