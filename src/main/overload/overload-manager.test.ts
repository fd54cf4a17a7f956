import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ResourceMonitorExtension } from '../../../sdk/extension.ts';
import { configReader } from '../../../test/harness/extension-config.ts';
import { binOf } from '../../common/stats/histogram-bin.ts';
import type { ThreadHistogram } from '../../common/stats/metrics.ts';
import { createStatsMemory } from '../../common/stats/stats-memory.ts';
import { StatsStore } from '../../common/stats/stats-store.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import { OVERLOAD_NAMES } from '../../snapshot/overload.ts';
import { type OverloadConfig, parseOverloadManager } from './overload-config.ts';
import { OverloadManager } from './overload-manager.ts';

const TYPE = 'envoy.config.overload.v3.OverloadManager';
const heap = {
  name: 'h',
  typed_config: {
    '@type': 'type.googleapis.com/envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig',
    max_heap_size_bytes: 1000,
  },
};
const monitor: ResourceMonitorExtension<null> = {
  category: 'envoy.resource_monitors',
  name: 'h',
  configTypes: ['envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig'],
  parseConfig: () => null,
  createMonitor: (_config, { processMemoryBytes }) => ({ pressure: () => processMemoryBytes() / 1000 }),
};
const reader = configReader([monitor]);

function parse(json: object) {
  return reader.parse(TYPE, json as never, (message: never, ctx) => parseOverloadManager(message, ctx));
}

function start(json: object) {
  const { config, problems } = parse({ resource_monitors: [heap], ...json });
  assert.deepEqual(problems, []);
  const time = new SimulatedTime();
  const scope = new StatsStore(createStatsMemory()).createScope('');
  const used = { bytes: 0 };
  const accepting: boolean[] = [];
  const rescaled: number[] = [];
  const manager = new OverloadManager(config as OverloadConfig, {
    runtime: undefined as never,
    dispatcher: new SimulatedDispatcher('main_thread', time),
    scope,
    resources: undefined as never,
    processMemoryBytes: () => used.bytes,
    onAccepting: (accept) => accepting.push(accept),
    onTimeouts: () => rescaled.push(value(TIMEOUTS) ?? 0),
  });
  manager.start();
  const values = new Float64Array(manager.snapshot.values);
  const value = (name: (typeof OVERLOAD_NAMES)[number]) => values[OVERLOAD_NAMES.indexOf(name)];
  const use = (bytes: number) => {
    used.bytes = bytes;
    time.advance(1000);
  };
  const gauge = (name: string) => scope.gauge(`overload.${name}`).value;
  const delays = scope.histogram('overload.refresh_interval_delay', 'milliseconds') as ThreadHistogram;
  return { use, value, gauge, accepting, rescaled, delays };
}

const REQUESTS = 'envoy.overload_actions.stop_accepting_requests';
const CONNECTIONS = 'envoy.overload_actions.stop_accepting_connections';

test('an action is on from its threshold on, or scaled up to its saturation', () => {
  const threshold = { name: 'h', threshold: { value: 0.9 } };
  const scaled = { name: 'h', scaled: { scaling_threshold: 0.5, saturation_threshold: 1 } };
  const { use, value, gauge, accepting } = start({
    actions: [
      { name: REQUESTS, triggers: [scaled] },
      { name: CONNECTIONS, triggers: [threshold] },
    ],
  });
  use(750);
  assert.deepEqual([value(REQUESTS), value(CONNECTIONS)], [0.5, 0]);
  assert.deepEqual([gauge('h.pressure'), gauge(`${REQUESTS}.scale_percent`), gauge(`${REQUESTS}.active`)], [75, 50, 0]);
  use(900);
  assert.deepEqual([value(CONNECTIONS), gauge(`${CONNECTIONS}.active`), accepting], [1, 1, [false]]);
  use(100);
  assert.deepEqual([value(REQUESTS), value(CONNECTIONS), accepting], [0, 0, [false, true]]);
});

const TIMEOUTS = 'envoy.overload_actions.reduce_timeouts';
const timers = (...factors: readonly object[]) => ({
  '@type': 'type.googleapis.com/envoy.config.overload.v3.ScaleTimersOverloadActionConfig',
  timer_scale_factors: factors,
});
const idle = { timer: 'HTTP_DOWNSTREAM_CONNECTION_IDLE', min_timeout: '2s' };

test('workers hear when timeouts become shorter or longer, and only then', () => {
  const triggers = [{ name: 'h', scaled: { scaling_threshold: 0.5, saturation_threshold: 1 } }];
  const action = { name: TIMEOUTS, triggers, typed_config: timers(idle) };
  const { use, rescaled } = start({ actions: [action] });
  for (const bytes of [100, 750, 750, 1000, 100]) use(bytes);
  assert.deepEqual(rescaled, [0.5, 1, 0]);
});

test('how short timeouts become is a time or a part of them', () => {
  const share = { timer: 'TRANSPORT_SOCKET_CONNECT', min_scale: { value: 40 } };
  const flush = { timer: 'HTTP_DOWNSTREAM_STREAM_FLUSH', min_timeout: '1s' };
  const triggers = [{ name: 'h', threshold: { value: 0.9 } }];
  const action = { name: TIMEOUTS, triggers, typed_config: timers(idle, share, flush) };
  const { config, problems } = parse({ resource_monitors: [heap], actions: [action] });
  assert.deepEqual(problems, []);
  assert.deepEqual((config as OverloadConfig).timerMinimums, [
    { timer: 'http-connection-idle', kind: 'absolute', ms: 2000 },
    { timer: 'transport-socket-connect', kind: 'share', share: 0.4 },
  ]);
});

test('what cannot be is refused in Envoy’s words', () => {
  const fault = (json: object) => parse({ resource_monitors: [heap], ...json }).problems.join('\n');
  const triggers = [{ name: 'h', threshold: { value: 0.9 } }];
  assert.match(fault({ actions: [{ name: 'nope', triggers }] }), /Unknown Overload Manager Action nope/);
  assert.match(
    fault({ actions: [{ name: REQUESTS, triggers: [{ name: 'x', threshold: {} }] }] }),
    /Unknown trigger resource x for overload action/,
  );
  const ofTimeouts = (typed_config?: object) => fault({ actions: [{ name: TIMEOUTS, triggers, typed_config }] });
  assert.match(ofTimeouts(), /Overload action "envoy.overload_actions.reduce_timeouts" requires typed_config/);
  assert.match(ofTimeouts(timers(idle, idle)), /Found duplicate entry for timer type HTTP_DOWNSTREAM_CONNECTION_IDLE/);
  assert.match(
    ofTimeouts({ '@type': 'type.googleapis.com/google.protobuf.Struct', value: {} }),
    /typed_config resolves to google.protobuf.Struct instead of envoy.config.overload.v3.ScaleTimersOverloadActionConfig/,
  );
  const reset = { name: 'envoy.overload_actions.reset_high_memory_stream', triggers };
  assert.match(fault({ actions: [reset] }), /requires buffer_factory_config\./);
  const accounts = { buffer_factory_config: { minimum_account_to_track_power_of_two: 20 } };
  assert.equal(fault({ actions: [reset], ...accounts }), '');
});

test('how long it was from one refresh to the next is recorded', () => {
  const { use, delays } = start({ refresh_interval: '0.5s' });
  use(1);
  assert.deepEqual([...delays.bins.keys()], [binOf(500)]);
});

test('load shed points of HTTP/2 and HTTP/3 are never come to, others that are not there are refused by name', () => {
  const triggers = [{ name: 'h', threshold: { value: 0.9 } }];
  const fault = (name: string) =>
    parse({ resource_monitors: [heap], loadshed_points: [{ name: `envoy.load_shed_points.${name}`, triggers }] })
      .problems;
  assert.deepEqual(fault('http2_server_go_away_on_dispatch'), []);
  assert.deepEqual(fault('http3_server_go_away_and_close_on_dispatch'), []);
  assert.deepEqual(fault('http_downstream_filter_check'), []);
  assert.match(fault('connection_pool_new_connection').join(), /is not supported yet/);
});
