/** What an HTTP filter's factory is given, on virtual time. */
import type { HttpFilterContext } from '../../sdk/extension.ts';
import type { RuntimeValue } from '../../src/common/runtime/runtime-entry.ts';
import { LayeredRuntimeSnapshot } from '../../src/common/runtime/runtime-snapshot.ts';
import { createSharedNumbers, SharedNumbers } from '../../src/common/shared/shared-numbers.ts';
import { createStatsMemory } from '../../src/common/stats/stats-memory.ts';
import { StatsStore } from '../../src/common/stats/stats-store.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../src/event/simulated-dispatcher.ts';

export interface FilterContextOptions {
  readonly runtime?: Readonly<Record<string, RuntimeValue>>;
  /** Of the harness that the filter's streams run in; one of its own when absent. */
  readonly dispatcher?: SimulatedDispatcher;
  readonly overrides?: Partial<HttpFilterContext>;
}

/** Statistics are those of the server's root, under `http.test.`; what is not listed here a filter that is tested so lacks. */
export function filterContext(options: FilterContextOptions = {}): HttpFilterContext {
  const dispatcher = options.dispatcher ?? new SimulatedDispatcher('worker_0', new SimulatedTime());
  const values = new Map(Object.entries(options.runtime ?? {}));
  const snapshot = new LayeredRuntimeSnapshot([{ name: 'test', values }], dispatcher.random);
  const numbers = new SharedNumbers(createSharedNumbers(1), 0);
  const context: Partial<HttpFilterContext> = {
    workerIndex: 0,
    dispatcher,
    timeSource: dispatcher.timeSource,
    random: dispatcher.random,
    scope: new StatsStore(createStatsMemory()).createScope(''),
    statsPrefix: 'http.test.',
    runtime: { snapshot },
    sharedNumber: (key) => numbers.acquire(key),
    sharedCount: (key) => numbers.acquireCount(key),
    localInfo: { nodeId: 'node', clusterName: 'local-cluster', zone: '', address: '10.0.0.1' },
    ...options.overrides,
  };
  return context as HttpFilterContext;
}
