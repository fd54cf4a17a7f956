/** Outlier detection: hosts that fail in a row, limits on ejections, and which configurations there can be. */
import type { Case, Suite, VerdictTable } from '../case.ts';
import { bootstrap, cluster, hcm, listener, tcpProxy } from '../config.ts';
import { clusterWith, type Row, rows } from '../minimal.ts';
import { get, ok, response, stats } from '../requests.ts';

const long = 'interval: 600s, base_ejection_time: 600s, max_ejection_time: 600s';
const watched = (name: string, hosts: readonly string[], fields: string) =>
  cluster(
    name,
    hosts,
    `common_lb_config: {healthy_panic_threshold: {value: 0}}\noutlier_detection: {${long}, ${fields}}`,
  );

const names: Readonly<Record<string, string>> = {
  errors: watched('errors', ['u0'], 'consecutive_5xx: 2, max_ejection_percent: 100'),
  gateway: watched(
    'gateway',
    ['u0'],
    'consecutive_gateway_failure: 2, enforcing_consecutive_gateway_failure: 100, max_ejection_percent: 100',
  ),
  limited: watched('limited', ['u0'], 'consecutive_5xx: 1'),
  always: watched('always', ['u0'], 'consecutive_5xx: 1, always_eject_one_host: true'),
  unenforced: watched(
    'unenforced',
    ['u0'],
    'consecutive_5xx: 1, enforcing_consecutive_5xx: 0, max_ejection_percent: 100',
  ),
  dead: watched('dead', ['1'], 'consecutive_5xx: 2, max_ejection_percent: 100'),
  split: watched(
    'split',
    ['1'],
    'consecutive_local_origin_failure: 2, split_external_local_origin_errors: true, max_ejection_percent: 100',
  ),
  splitok: watched(
    'splitok',
    ['u0'],
    'consecutive_5xx: 2, split_external_local_origin_errors: true, max_ejection_percent: 100',
  ),
  slow: watched('slow', ['u0'], 'consecutive_5xx: 1, max_ejection_percent: 100'),
  tries: watched('tries', ['u0'], 'consecutive_5xx: 2, max_ejection_percent: 100'),
  grpc: watched('grpc', ['u0'], 'consecutive_5xx: 1, max_ejection_percent: 100'),
  tcpdead: watched('tcpdead', ['1'], 'consecutive_5xx: 2, max_ejection_percent: 100'),
};
const badHeader = 'http_response_headers_match: {headers: [{name: x-bad, string_match: {exact: "1"}}]}';
const ofRequest = (part: string) => `http_${part}_match: {headers: [{name: ":method", string_match: {exact: GET}}]}`;
/** Which answers are failures by `error_matcher`, of which one may be chosen by x-bad. */
const judged: Readonly<Record<string, string>> = {
  header: badHeader,
  any: 'any_match: true',
  not: `not_match: {${badHeader}}`,
  or: `or_match: {rules: [{${ofRequest('request_headers')}}, {${badHeader}}]}`,
  and: `and_match: {rules: [{any_match: true}, {${badHeader}}]}`,
  request: ofRequest('request_headers'),
  notrequest: `not_match: {${ofRequest('request_headers')}}`,
  nottrailers: `not_match: {${ofRequest('response_trailers')}}`,
  notbody: 'not_match: {http_response_generic_body_match: {patterns: [{string_match: bad}]}}',
  split: badHeader,
};
const httpOptions = (matcher: string) => `typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config: {http_protocol_options: {}}
    outlier_detection: {error_matcher: {${matcher}}}`;
const judgedClusters = Object.entries(judged).map(([name, matcher]) =>
  cluster(
    `judged${name}`,
    ['u0'],
    `outlier_detection: {${long}, consecutive_5xx: 2, consecutive_gateway_failure: 2, enforcing_consecutive_5xx: 0${name === 'split' ? ', split_external_local_origin_errors: true' : ''}}\n${httpOptions(matcher)}`,
  ),
);
const judgedRoutes = Object.keys(judged)
  .map((name) => `- {match: {prefix: /judged${name}/}, route: {cluster: judged${name}}}\n`)
  .join('');
const actions: Readonly<Record<string, string>> = {
  slow: ', timeout: 0.05s',
  tries: ', retry_policy: {retry_on: 5xx, num_retries: 3}',
};
const routes = Object.keys(names)
  .map((name) => `- {match: {prefix: /${name}/}, route: {cluster: ${name}${actions[name] ?? ''}}}\n`)
  .join('');
const format = '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%';
const config = bootstrap(
  [
    listener('web', hcm({ routes: routes + judgedRoutes, log: { name: 'web', format } })),
    listener('tcp', tcpProxy('tcp', 'cluster: tcpdead')),
  ],
  [...Object.values(names), ...judgedClusters],
);

const failing = (status: string) => response(`HTTP/1.1 ${status} x`, ['content-length: 0']);
const ask = (name: string, rest: object = {}, lines: readonly string[] = []) =>
  get('web', `/${name}/`, lines, { logs: ['web'], only: '^$', ...rest });
const looks = (name: string) => [
  get('admin', `/clusters?filter=^${name}$`, [], { blind: true, only: '^$' }),
  stats(`^cluster\\.${name}\\.(outlier_detection|membership|lb_healthy_panic)`),
];
const all = (name: string, ...steps: Case['steps']): Case => ({ name, steps: [...steps, ...looks(name)] });
const active = (name: string) =>
  ({ do: 'await-stat', name: `cluster.${name}.outlier_detection.ejections_active`, value: 1 }) as const;
const detected = (name: string, what = 'overflow') =>
  ({ do: 'await-stat', name: `cluster.${name}.outlier_detection.ejections_${what}`, value: 1 }) as const;

export const outlierDetection: Suite = {
  kind: 'traffic',
  name: 'outlier-detection',
  config,
  upstreams: { u0: 'http' },
  cases: [
    all(
      'errors',
      ask('errors', { reply: failing('500') }),
      ask('errors', { reply: ok() }),
      ask('errors', { reply: failing('500') }),
      ask('errors', { reply: failing('503') }),
      active('errors'),
      ask('errors'),
    ),
    all(
      'gateway',
      ask('gateway', { reply: failing('502') }),
      ask('gateway', { reply: failing('500') }),
      ask('gateway', { reply: failing('502') }),
      ask('gateway', { reply: failing('504') }),
      active('gateway'),
    ),
    all('limited', ask('limited', { reply: failing('500') }), detected('limited'), ask('limited')),
    all('always', ask('always', { reply: failing('500') }), active('always'), ask('always')),
    all(
      'unenforced',
      ask('unenforced', { reply: failing('500') }),
      detected('unenforced', 'detected_consecutive_5xx'),
      ask('unenforced'),
    ),
    all('dead', ask('dead'), ask('dead'), active('dead'), ask('dead')),
    all('split', ask('split'), ask('split'), active('split'), ask('split')),
    all(
      'splitok',
      ask('splitok', { reply: failing('500') }),
      ask('splitok', { reply: failing('500') }),
      active('splitok'),
    ),
    all('slow', ask('slow', { reply: { on: 'never' } }), active('slow'), ask('slow')),
    all(
      'tries',
      ask('tries', { reply: [{ send: failing('500') }, { send: failing('500') }, { send: ok() }] }),
      active('tries'),
    ),
    all(
      'grpc',
      ask(
        'grpc',
        {
          reply: response('HTTP/1.1 200 OK', [
            'content-type: application/grpc',
            'grpc-status: 14',
            'content-length: 0',
          ]),
        },
        ['content-type: application/grpc'],
      ),
      active('grpc'),
    ),
    ...Object.keys(judged).map((name) => ({
      name: `judged by ${name}`,
      steps: [
        ['200', '200'],
        ['200', '200', 'x-bad: 1'],
        ['500', '500'],
        ['503', '503', 'x-bad: 1'],
        ['200', '503'],
      ].flatMap(([first = '', second = '', line]) => [
        ...[first, second].map((status) =>
          ask(`judged${name}`, {
            reply: response(`HTTP/1.1 ${status} x`, ['content-length: 0', ...(line === undefined ? [] : [line])]),
          }),
        ),
        stats(`^cluster\\.judged${name}\\.outlier_detection\\.ejections_detected_consecutive`),
      ]),
    })),
    {
      name: 'judged gRPC',
      steps: [
        ...['14', '14', '0', '0'].map((status, i) =>
          ask(
            'judgedheader',
            {
              reply: response('HTTP/1.1 200 OK', [
                'content-type: application/grpc',
                `grpc-status: ${status}`,
                ...(i > 1 ? ['x-bad: 1'] : []),
                'content-length: 0',
              ]),
            },
            ['content-type: application/grpc'],
          ),
        ),
        stats('^cluster\\.judgedheader\\.outlier_detection\\.ejections_detected_consecutive'),
      ],
    },
    all('tcpdead', { to: 'tcp', send: 'x', raw: 'close' }, { to: 'tcp', send: 'x', raw: 'close' }, active('tcpdead'), {
      to: 'tcp',
      send: 'x',
      raw: 'close',
    }),
  ],
};

const one = (text: string) => `outlier_detection: {${text}}`;
const table: readonly Row[] = [
  ['empty', one('')],
  ['usual', one('consecutive_5xx: 3, interval: 10s, base_ejection_time: 30s, max_ejection_percent: 50')],
  ['interval 0', one('interval: 0s')],
  ['base 0', one('base_ejection_time: 0s')],
  ['max below base', one('base_ejection_time: 5s, max_ejection_time: 4s')],
  ['base above the default max', one('base_ejection_time: 500s')],
  ['percent 101', one('max_ejection_percent: 101')],
  ['enforcing 101', one('enforcing_success_rate: 101')],
  ['threshold 101', one('failure_percentage_threshold: 101')],
  [
    'all',
    one(
      'consecutive_gateway_failure: 1, enforcing_consecutive_gateway_failure: 1, split_external_local_origin_errors: true, consecutive_local_origin_failure: 1, enforcing_consecutive_local_origin_failure: 1, enforcing_local_origin_success_rate: 1, failure_percentage_threshold: 1, enforcing_failure_percentage: 1, enforcing_failure_percentage_local_origin: 1, failure_percentage_minimum_hosts: 1, failure_percentage_request_volume: 1, max_ejection_time_jitter: 1s, success_rate_minimum_hosts: 1, success_rate_request_volume: 1, success_rate_stdev_factor: 1, successful_active_health_check_uneject_host: false, always_eject_one_host: true',
    ),
  ],
];
const beside = (fragment: string) => `${fragment}\n${clusterWith('connect_timeout: 1s')}`;
const logs: readonly Row[] = [
  ['log', 'cluster_manager: {outlier_detection: {event_log_path: /dev/null}}'],
  ['log nowhere', 'cluster_manager: {outlier_detection: {event_log_path: /nowhere/at/all}}'],
  ['log empty', 'cluster_manager: {outlier_detection: {}}'],
];

export const verdictOutliers: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-outlier-detection',
  configs: [...rows('outlier', clusterWith, table), ...rows('outlier', beside, logs)],
};
