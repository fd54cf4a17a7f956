/** The overload manager's actions, with a resource that is always used up; a process each. */
import type { Suite } from '../case.ts';
import { bootstrap, hcm, listener } from '../config.ts';
import { get, type Rest, stats } from '../requests.ts';

const monitors = 'type.googleapis.com/envoy.extensions.resource_monitors';
const injected = `{name: injected, typed_config: {"@type": ${monitors}.injected_resource.v3.InjectedResourceConfig, filename: "{{folder}}/pressure"}}`;
const missing = `{name: missing, typed_config: {"@type": ${monitors}.injected_resource.v3.InjectedResourceConfig, filename: "{{folder}}/none"}}`;
const above = (threshold: number) => `triggers: [{name: injected, threshold: {value: ${threshold}}}]`;

const routes = '- {match: {prefix: /}, direct_response: {status: 200, body: {inline_string: hi}}}\n';
const web = (name: string, extra = '', listenerExtra = '') =>
  listener(
    name,
    hcm({
      routes,
      extra,
      statPrefix: name,
      log: { name, format: '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %ROUTE_NAME%' },
    }),
    listenerExtra,
  );

const shedFormat =
  '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% %DOWNSTREAM_LOCAL_CLOSE_REASON%';
const usual = [
  web('web'),
  web('marked', 'append_local_overload: true'),
  web('bypass', '', 'bypass_overload_manager: true'),
];

function suite(
  name: string,
  manager: string,
  pressure: string,
  cases: Suite['cases'],
  listeners: readonly string[] = usual,
  clusters: readonly string[] = [],
): Suite {
  return {
    kind: 'traffic',
    name: `overload-${name}`,
    config: bootstrap(listeners, clusters, `overload_manager: {refresh_interval: 0.02s, ${manager}}`),
    files: { pressure },
    ...(clusters.length > 0 && { upstreams: { u0: 'http' as const } }),
    cases,
  };
}

const asked = (to: string, rest: Rest = {}) => get(to, '/', [], { logs: [to], ...rest });
const active = (action: string) =>
  ({ do: 'await-stat', name: `overload.envoy.overload_actions.${action}.active`, value: 1 }) as const;
const overloadStats = { name: 'statistics', steps: [stats('overload')] };

export const overloadSuites: readonly Suite[] = [
  suite(
    'requests',
    `resource_monitors: [${injected}, ${missing}], actions: [{name: envoy.overload_actions.stop_accepting_requests, ${above(0.9)}}, {name: envoy.overload_actions.shrink_heap, ${above(0.99)}}]`,
    '0.95',
    [
      {
        name: 'refused',
        steps: [
          active('stop_accepting_requests'),
          asked('web'),
          asked('marked'),
          asked('bypass'),
          { to: 'web', send: 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc', logs: ['web'] },
          get('web', '/', ['content-type: application/grpc'], { logs: ['web'] }),
        ],
      },
      {
        name: 'statistics',
        steps: [stats('downstream_rq_overload_close|overload_actions.*(active|percent)|injected')],
      },
    ],
  ),
  suite(
    'keep-alive',
    `resource_monitors: [${injected}], actions: [{name: envoy.overload_actions.disable_http_keepalive, ${above(0.9)}}]`,
    '1',
    [
      {
        name: 'closed',
        steps: [active('disable_http_keepalive'), asked('web'), asked('bypass')],
      },
      { name: 'statistics', steps: [stats('overload_disable|overload_actions.*(active|percent)|injected.pressure')] },
    ],
  ),
  suite(
    'reject',
    `resource_monitors: [${injected}], actions: [{name: envoy.overload_actions.reject_incoming_connections, ${above(0.9)}}]`,
    '0.9',
    [
      {
        name: 'rejected',
        steps: [active('reject_incoming_connections'), get('web', '/', []), asked('bypass')],
      },
      { name: 'statistics', steps: [stats('overload_reject|overload_actions.*(active|percent)|injected.pressure')] },
    ],
  ),
  suite(
    'idle',
    `resource_monitors: [${injected}], actions: [{name: envoy.overload_actions.stop_accepting_requests, ${above(0.9)}}], loadshed_points: [{name: envoy.load_shed_points.tcp_listener_accept, ${above(0.9)}}, {name: unknown, ${above(0.1)}}]`,
    '0.5',
    [
      {
        name: 'served',
        steps: [{ do: 'await-stat', name: 'overload.injected.pressure', value: 50 }, asked('web'), asked('marked')],
      },
      overloadStats,
    ],
  ),
  suite(
    'shed',
    `resource_monitors: [${injected}], loadshed_points: [{name: envoy.load_shed_points.http_connection_manager_decode_headers, ${above(0.9)}}]`,
    '0.95',
    [
      {
        name: 'shed',
        steps: [{ do: 'await-stat', name: 'overload.injected.pressure', value: 95 }, asked('web'), asked('bypass')],
      },
      { name: 'statistics', steps: [stats('overload_close|load_shed')] },
    ],
  ),
  suite(
    'timeouts',
    `buffer_factory_config: {minimum_account_to_track_power_of_two: 20}, resource_monitors: [${injected}], actions: [{name: envoy.overload_actions.reset_high_memory_stream, ${above(0.9)}}, {name: envoy.overload_actions.reduce_timeouts, triggers: [{name: injected, scaled: {scaling_threshold: 0.5, saturation_threshold: 0.7}}], typed_config: {"@type": type.googleapis.com/envoy.config.overload.v3.ScaleTimersOverloadActionConfig, timer_scale_factors: [{timer: HTTP_DOWNSTREAM_CONNECTION_IDLE, min_timeout: 0.2s}, {timer: HTTP_DOWNSTREAM_STREAM_IDLE, min_scale: {value: 0.5}}, {timer: HTTP_DOWNSTREAM_CONNECTION_MAX, min_timeout: 0.2s}]}}]`,
    '0.95',
    [
      {
        name: 'shortened',
        steps: [
          active('reduce_timeouts'),
          { to: 'idle', responses: 'close' },
          get('idle', '/', [], { responses: 'close', logs: ['idle'] }),
          { to: 'bypass', responses: 'close' },
          {
            to: 'streamidle',
            send: 'POST / HTTP/1.1\r\nhost: a\r\n',
            logs: ['streamidle'],
          },
          { to: 'max', responses: 'close' },
        ],
      },
      {
        name: 'statistics',
        steps: [stats('cx_idle_timeout|rq_idle_timeout|max_duration|overload_actions|injected.pressure')],
      },
    ],
    [
      web('idle', 'common_http_protocol_options: {idle_timeout: 600s}\ndrain_timeout: 0.1s'),
      web(
        'bypass',
        'common_http_protocol_options: {idle_timeout: 600s}\ndrain_timeout: 0.1s',
        'bypass_overload_manager: true',
      ),
      web('streamidle', 'stream_idle_timeout: 60s'),
      web(
        'max',
        'common_http_protocol_options: {idle_timeout: 0s, max_connection_duration: 600s}\ndrain_timeout: 0.1s',
      ),
    ],
  ),
  ...['hcm_ondata_creating_codec', 'http_downstream_filter_check'].map((point) =>
    suite(
      point.replaceAll('_', '-'),
      `resource_monitors: [${injected}], loadshed_points: [{name: envoy.load_shed_points.${point}, ${above(0.9)}}]`,
      '0.95',
      [
        {
          name: 'shed',
          steps: [
            { do: 'await-stat', name: 'overload.injected.pressure', value: 95 },
            asked('web'),
            asked('bypass'),
            asked('far'),
            { to: 'web', send: 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc', logs: ['web'] },
            { to: 'web', send: 'nonsense\r\n\r\n', responses: 'close', logs: ['web'] },
          ],
        },
        {
          name: 'statistics',
          steps: [
            stats(
              '^(http\\.(web|bypass|far)\\.(.*overload.*|downstream_cx_protocol_error|downstream_rq_(total|4xx|5xx))|overload\\..*load_shed.*|cluster\\.u0\\.upstream_rq_(total|.*overflow))$',
            ),
          ],
        },
      ],
      [
        ...usual,
        listener(
          'far',
          hcm({
            routes: '- {match: {prefix: /}, route: {cluster: u0}}\n',
            statPrefix: 'far',
            log: { name: 'far', format: shedFormat },
          }),
        ),
      ],
      [
        '- {name: u0, load_assignment: {cluster_name: u0, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: {{u0}}}}}}]}]}}\n',
      ],
    ),
  ),
];
