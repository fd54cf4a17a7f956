/** Overload managers that Envoy takes or refuses. */
import type { VerdictTable } from '../case.ts';
import { beside, type Row, rows } from '../minimal.ts';

const monitors = 'type.googleapis.com/envoy.extensions.resource_monitors';
const ofRuntime = (text: string, more = '') =>
  `resource_monitors: [{name: h, typed_config: {"@type": ${monitors}.fixed_heap.v3.FixedHeapConfig, ${more}max_heap_size_bytes_runtime: {${text}}}}]`;
const heap = `{name: h, typed_config: {"@type": ${monitors}.fixed_heap.v3.FixedHeapConfig, max_heap_size_bytes: 1000}}`;
const max = 'envoy.resource_monitors.global_downstream_max_connections';
const connections = (name: string, limit = 5) =>
  `{name: ${name}, typed_config: {"@type": ${monitors}.downstream_connections.v3.DownstreamConnectionsConfig, max_active_downstream_connections: ${limit}}}`;
const injected = `{name: i, typed_config: {"@type": ${monitors}.injected_resource.v3.InjectedResourceConfig, filename: /tmp/none}}`;
const above = 'triggers: [{name: h, threshold: {value: 0.9}}]';
const action = (name: string, more = above) => `{name: envoy.overload_actions.${name}, ${more}}`;

const timers = (factors: string) =>
  `type.googleapis.com/envoy.config.overload.v3.ScaleTimersOverloadActionConfig, timer_scale_factors: [${factors}]`;
const timerConfigs: Readonly<Record<string, string>> = {
  'of every kind': timers(
    '{timer: TRANSPORT_SOCKET_CONNECT, min_scale: {value: 10}}, {timer: HTTP_DOWNSTREAM_CONNECTION_IDLE, min_timeout: 1s}, {timer: HTTP_DOWNSTREAM_STREAM_IDLE, min_timeout: 0s}, {timer: HTTP_DOWNSTREAM_CONNECTION_MAX, min_timeout: 1s}, {timer: HTTP_DOWNSTREAM_STREAM_FLUSH, min_timeout: 1s}',
  ),
  'of none': timers(''),
  'of an unspecified one': timers('{timer: UNSPECIFIED, min_timeout: 1s}'),
  twice: timers(
    '{timer: TRANSPORT_SOCKET_CONNECT, min_timeout: 1s}, {timer: TRANSPORT_SOCKET_CONNECT, min_timeout: 1s}',
  ),
  'to nothing': timers('{timer: TRANSPORT_SOCKET_CONNECT}'),
  'to less than nothing': timers('{timer: TRANSPORT_SOCKET_CONNECT, min_timeout: -1s}'),
  'to more than all': timers('{timer: TRANSPORT_SOCKET_CONNECT, min_scale: {value: 101}}'),
  'by another config': 'type.googleapis.com/google.protobuf.Struct',
};

const table: readonly Row[] = [
  ['empty', ''],
  ['heap', `resource_monitors: [${heap}]`],
  ['heap by runtime', ofRuntime('default_value: 1000, runtime_key: k')],
  ['heap of 0 by runtime', ofRuntime('default_value: 0, runtime_key: k')],
  ['heap twice', ofRuntime('default_value: 1000, runtime_key: k', 'max_heap_size_bytes: 1, ')],
  ['heap of 0', `resource_monitors: [{name: h, typed_config: {"@type": ${monitors}.fixed_heap.v3.FixedHeapConfig}}]`],
  ['injected', `resource_monitors: [${injected}]`],
  [
    'injected without file',
    `resource_monitors: [{name: i, typed_config: {"@type": ${monitors}.injected_resource.v3.InjectedResourceConfig}}]`,
  ],
  [
    'cgroup memory',
    `resource_monitors: [{name: m, typed_config: {"@type": ${monitors}.cgroup_memory.v3.CgroupMemoryConfig}}]`,
  ],
  [
    'cgroup memory with a limit',
    `resource_monitors: [{name: m, typed_config: {"@type": ${monitors}.cgroup_memory.v3.CgroupMemoryConfig, max_memory_bytes: 1000}}]`,
  ],
  [
    'cpu',
    `resource_monitors: [{name: c, typed_config: {"@type": ${monitors}.cpu_utilization.v3.CpuUtilizationConfig}}]`,
  ],
  ['connections', `resource_monitors: [${connections(max)}]`],
  ['connections of 0', `resource_monitors: [${connections(max, 0)}]`],
  ['connections by another name', `resource_monitors: [${connections('other')}]`],
  [
    'connections of another type',
    `resource_monitors: [{name: ${max}, typed_config: {"@type": ${monitors}.fixed_heap.v3.FixedHeapConfig, max_heap_size_bytes: 1}}]`,
  ],
  ['monitor twice', `resource_monitors: [${heap}, ${heap}]`],
  ['monitor without type', 'resource_monitors: [{name: h}]'],
  [
    'monitor without name',
    `resource_monitors: [{typed_config: {"@type": ${monitors}.fixed_heap.v3.FixedHeapConfig, max_heap_size_bytes: 1}}]`,
  ],
  ['interval', `refresh_interval: 0.1s, resource_monitors: [${heap}]`],
  ...[
    'stop_accepting_requests',
    'disable_http_keepalive',
    'stop_accepting_connections',
    'reject_incoming_connections',
    'shrink_heap',
    'nope',
  ].map((name): Row => [name, `resource_monitors: [${heap}], actions: [${action(name)}]`]),
  ['action twice', `resource_monitors: [${heap}], actions: [${action('shrink_heap')}, ${action('shrink_heap')}]`],
  ['action without triggers', `resource_monitors: [${heap}], actions: [${action('shrink_heap', 'triggers: []')}]`],
  [
    'action of another resource',
    `resource_monitors: [${heap}], actions: [${action('shrink_heap', 'triggers: [{name: other, threshold: {value: 0.9}}]')}]`,
  ],
  [
    'trigger twice',
    `resource_monitors: [${heap}], actions: [${action('shrink_heap', 'triggers: [{name: h, threshold: {value: 0.9}}, {name: h, threshold: {value: 0.8}}]')}]`,
  ],
  ['trigger of nothing', `resource_monitors: [${heap}], actions: [${action('shrink_heap', 'triggers: [{name: h}]')}]`],
  [
    'threshold above 1',
    `resource_monitors: [${heap}], actions: [${action('shrink_heap', 'triggers: [{name: h, threshold: {value: 1.1}}]')}]`,
  ],
  [
    'scaled',
    `resource_monitors: [${heap}], actions: [${action('stop_accepting_requests', 'triggers: [{name: h, scaled: {scaling_threshold: 0.8, saturation_threshold: 0.9}}]')}]`,
  ],
  [
    'scaled backwards',
    `resource_monitors: [${heap}], actions: [${action('stop_accepting_requests', 'triggers: [{name: h, scaled: {scaling_threshold: 0.9, saturation_threshold: 0.8}}]')}]`,
  ],
  [
    'scaled to nothing',
    `resource_monitors: [${heap}], actions: [${action('stop_accepting_requests', 'triggers: [{name: h, scaled: {scaling_threshold: 0.9, saturation_threshold: 0.9}}]')}]`,
  ],
  [
    'action with a config',
    `resource_monitors: [${heap}], actions: [${action('shrink_heap', `${above}, typed_config: {"@type": type.googleapis.com/google.protobuf.Struct}`)}]`,
  ],
  [
    'action of connections',
    `resource_monitors: [${connections(max)}], actions: [${action('shrink_heap', `triggers: [{name: ${max}, threshold: {value: 0.9}}]`)}]`,
  ],
  ['reduce_timeouts without config', `resource_monitors: [${heap}], actions: [${action('reduce_timeouts')}]`],
  [
    'reset_high_memory_stream without buffers',
    `resource_monitors: [${heap}], actions: [${action('reset_high_memory_stream')}]`,
  ],
  [
    'reset_high_memory_stream',
    `buffer_factory_config: {minimum_account_to_track_power_of_two: 20}, resource_monitors: [${heap}], actions: [${action('reset_high_memory_stream')}]`,
  ],
  [
    'buffers of too small accounts',
    `buffer_factory_config: {minimum_account_to_track_power_of_two: 9}, resource_monitors: [${heap}]`,
  ],
  ...Object.entries(timerConfigs).map(
    ([name, config]): Row => [
      `reduce_timeouts ${name}`,
      `resource_monitors: [${heap}], actions: [${action('reduce_timeouts', `${above}, typed_config: {"@type": ${config}}`)}]`,
    ],
  ),
  [
    'shed point',
    `resource_monitors: [${heap}], loadshed_points: [{name: envoy.load_shed_points.tcp_listener_accept, ${above}}]`,
  ],
  ['shed point unknown', `resource_monitors: [${heap}], loadshed_points: [{name: nope, ${above}}]`],
  [
    'shed point twice',
    `resource_monitors: [${heap}], loadshed_points: [{name: nope, ${above}}, {name: nope, ${above}}]`,
  ],
  [
    'shed point of another resource',
    `resource_monitors: [${heap}], loadshed_points: [{name: nope, triggers: [{name: other, threshold: {value: 1}}]}]`,
  ],
];

export const verdictOverload: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-overload',
  configs: rows('overload', (text) => beside(`overload_manager: {${text}}`), table),
};
