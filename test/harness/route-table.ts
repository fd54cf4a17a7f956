/** Route configurations from JSON, as the loader reads them, and requests to look up in them. */
import { loadDescriptors } from '../../api/load-descriptors.ts';
import { ConfigContext, ConfigErrorCollector, formatConfigProblem } from '../../sdk/config.ts';
import type { ServerFactoryContext } from '../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../sdk/headers.ts';
import type { Route } from '../../sdk/router.ts';
import type { StreamInfo } from '../../sdk/stream-info.ts';
import { RequestHeaders } from '../../src/common/headers/header-map.ts';
import type { JsonInput } from '../../src/common/proto/json-value.ts';
import { parseProtoJson } from '../../src/common/proto/parse-proto-json.ts';
import { TypeRegistry } from '../../src/common/proto/type-registry.ts';
import { parseRouteConfig, type RouteConfig } from '../../src/common/router/route-config.ts';
import { ConfiguredRouteTable } from '../../src/common/router/route-table.ts';
import { LayeredRuntimeSnapshot } from '../../src/common/runtime/runtime-snapshot.ts';
import { createStatsMemory } from '../../src/common/stats/stats-memory.ts';
import { StatsStore } from '../../src/common/stats/stats-store.ts';
import { StreamRecord } from '../../src/common/stream-info/stream-record.ts';
import { SeededRandom } from '../../src/event/random.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../src/event/simulated-dispatcher.ts';
import { builtinExtensions } from '../../src/extensions/builtin.ts';
import { ExtensionRegistry } from '../../src/extensions/registry.ts';
import { MainStats } from '../../src/main/stats/main-stats.ts';
import { FakeConnection } from './fake-connection.ts';

const types = new TypeRegistry(loadDescriptors());
const registry = new ExtensionRegistry(builtinExtensions);

/** Names of the routes' `route`, `virtual_hosts` and kin as in the proto. */
export function readRouteConfig(
  json: JsonInput,
  isChecked = false,
): {
  readonly config: RouteConfig;
  readonly problems: readonly string[];
} {
  const collector = new ConfigErrorCollector();
  const ctx = new ConfigContext(collector, '', types, registry).withResources({ isChecked });
  const message = parseProtoJson(types, types.requireMessage('envoy.config.route.v3.RouteConfiguration'), json, ctx);
  const config = parseRouteConfig(message as never, ctx);
  return { config, problems: collector.problems.map(formatConfigProblem) };
}

/** One virtual host `v` for all hosts. */
export function routesOf(routes: readonly JsonInput[], virtualHost: Record<string, JsonInput> = {}): JsonInput {
  return { virtual_hosts: [{ name: 'v', domains: ['*'], routes: [...routes], ...virtualHost }] };
}

export class RouteTableHarness {
  readonly #statsMemory = createStatsMemory();
  readonly store = new StatsStore(this.#statsMemory);
  readonly runtime = { snapshot: new LayeredRuntimeSnapshot([], new SeededRandom(1)) };
  readonly dispatcher = new SimulatedDispatcher('worker_0', new SimulatedTime());
  readonly connection = new FakeConnection(this.dispatcher);
  readonly table: ConfiguredRouteTable;

  /** @param isChecked as on a worker: main has found no fault in it */
  constructor(json: JsonInput, isChecked = false) {
    const { config, problems } = readRouteConfig(json, isChecked);
    if (problems.length > 0) throw new Error(problems.join('\n'));
    const context = { runtime: this.runtime, scope: this.store.createScope() } as unknown as ServerFactoryContext;
    this.table = new ConfiguredRouteTable(config, context);
  }

  /** Of the statistics that are there. */
  counterNames(): string[] {
    const main = new MainStats();
    main.addThread('worker_0', this.#statsMemory);
    return [...main.counters].map(({ name }) => name);
  }

  setRuntime(values: Readonly<Record<string, number>>): void {
    const layer = { name: 'test', values: new Map(Object.entries(values)) };
    this.runtime.snapshot = new LayeredRuntimeSnapshot([layer], new SeededRandom(1));
  }

  streamInfo(): StreamRecord {
    return new StreamRecord(this.dispatcher.timeSource, this.connection.info);
  }

  route(headers: RequestHeaderMap, streamInfo: StreamInfo, random = 0): Route | undefined {
    return this.table.route({ headers, streamInfo, random, runtime: this.runtime });
  }

  find(headers: Readonly<Record<string, string>> = {}, random = 0): Route | undefined {
    return this.route(request(headers), this.streamInfo(), random);
  }

  /** The cluster of the request's route; the status of a direct response; undefined without a route. */
  target(headers: Readonly<Record<string, string>> = {}, random = 0): string | undefined {
    const route = this.find(headers, random);
    if (route?.directResponse !== undefined) return String(route.directResponse.responseCode);
    return route?.routeEntry?.clusterName;
  }
}

/** GET http://host/ unless said otherwise. A value with line feeds is several headers. */
export function request(headers: Readonly<Record<string, string>> = {}): RequestHeaders {
  const base = {
    ':method': 'GET',
    ':path': '/',
    ':scheme': 'http',
    ':authority': 'host',
    'x-forwarded-proto': 'http',
  };
  const entries = Object.entries({ ...base, ...headers });
  return RequestHeaders.of(entries.flatMap(([name, text]) => text.split('\n').map((value) => [name, value] as const)));
}
