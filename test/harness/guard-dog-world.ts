import type { Logger } from '../../sdk/extension.ts';
import type { GuardDogActionContext } from '../../sdk/watchdog.ts';
import { createStatsMemory } from '../../src/common/stats/stats-memory.ts';
import { StatsStore } from '../../src/common/stats/stats-store.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../src/event/simulated-dispatcher.ts';

/** What a watchdog action acts on, without threads or files: each question is answered when the test says so. */
export function guardDogWorld() {
  const log: string[] = [];
  const files = new Map<string, string>();
  const faults: { write: string | undefined; missingDirectory: boolean } = {
    write: undefined,
    missingDirectory: false,
  };
  const inspector = new FakeInspector();
  const dispatcher = new SimulatedDispatcher('guarddog_thread', new SimulatedTime());
  const scope = new StatsStore(createStatsMemory()).createScope();
  const context: GuardDogActionContext = {
    guardDogName: 'workers',
    dispatcher,
    scope,
    threads: inspector,
    files: {
      directoryExists: () => !faults.missingDirectory,
      write(path, text) {
        if (faults.write === undefined) files.set(path, text);
        return faults.write;
      },
    },
    logger: (name) => loggerInto(log, name),
    abort: (reason) => log.push(`abort: ${reason}`),
  };
  const counts = (names: readonly string[]) => names.map((name) => scope.counter(name).value);
  return { context, log, files, faults, inspector, dispatcher, counts };
}

class FakeInspector {
  readonly asked: string[] = [];
  readonly #waiting: ((answer: never) => void)[] = [];

  backtrace(thread: string, _limitMs: number, onDone: (calls: readonly string[] | undefined) => void): void {
    this.asked.push(`backtrace ${thread}`);
    this.#waiting.push(onDone);
  }

  profile(thread: string, durationMs: number, onDone: (profile: string | undefined) => void): void {
    this.asked.push(`profile ${thread} ${durationMs}`);
    this.#waiting.push(onDone);
  }

  /** Of the question that waits longest. */
  answer(answer: readonly string[] | string | undefined): void {
    this.#waiting.shift()?.(answer as never);
  }
}

function loggerInto(log: string[], name: string): Logger {
  const at = (level: string) => (message: string) => void log.push(`${level} ${name} ${message}`);
  return {
    name,
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    critical: at('critical'),
    traceEnabled: true,
    debugEnabled: true,
  };
}
