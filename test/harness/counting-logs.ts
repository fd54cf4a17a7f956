/** Workers with access logs that count (envoy.access_loggers.stats), and what main shows of it. */
import assert from 'node:assert/strict';
import type { AccessLog, AccessLoggerExtension, ServerFactoryContext } from '../../sdk/extension.ts';
import type { JsonInput } from '../../src/common/proto/json-value.ts';
import { createSharedNumbers, SharedNumbers } from '../../src/common/shared/shared-numbers.ts';
import { createStatsMemory } from '../../src/common/stats/stats-memory.ts';
import { StatsStore } from '../../src/common/stats/stats-store.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../src/event/simulated-dispatcher.ts';
import { builtinExtensions } from '../../src/extensions/builtin.ts';
import { MainStats } from '../../src/main/stats/main-stats.ts';
import { configReader } from './extension-config.ts';

const TYPE = 'envoy.extensions.access_loggers.stats.v3.Config';
export const EVICTION_MS = 1000;

export class CountingLogs {
  readonly main = new MainStats();
  readonly time = new SimulatedTime();
  readonly complaints: string[] = [];
  readonly #numbers = createSharedNumbers(2);

  worker(index: number, ...configs: JsonInput[]): AccessLog[] {
    const memory = createStatsMemory();
    this.main.addThread(`worker_${index}`, memory);
    const dispatcher = new SimulatedDispatcher(`worker_${index}`, this.time);
    const numbers = new SharedNumbers(this.#numbers, index);
    const singletons = new Map<string, unknown>();
    const context: Partial<ServerFactoryContext> = {
      dispatcher,
      timeSource: dispatcher.timeSource,
      scope: new StatsStore(memory).createScope(),
      logger: () => ({ error: (text: string) => this.complaints.push(text) }) as never,
      singleton<T>(key: string, create: () => T): T {
        if (!singletons.has(key)) singletons.set(key, create());
        return singletons.get(key) as T;
      },
      sharedNumber: (key) => numbers.acquire(key),
      sharedCount: (key) => numbers.acquireCount(key),
      statsEvictionIntervalMs: EVICTION_MS,
    };
    return configs.map((json) => logger.createAccessLog(read(json), context as ServerFactoryContext));
  }

  /** `name: value`, sorted. */
  get shown(): string[] {
    const numbers = [...this.main.counters, ...this.main.gauges].map(({ name, value }) => `${name}: ${value}`);
    return [...numbers, ...[...this.main.histograms].map(({ name }) => name)].sort();
  }
}

const reader = configReader(builtinExtensions);
const logger = reader.registry.byConfigType('envoy.access_loggers', TYPE) as AccessLoggerExtension;

function read(json: JsonInput): unknown {
  const { config, problems } = reader.read(TYPE, json);
  assert.deepEqual(problems, []);
  return config;
}
