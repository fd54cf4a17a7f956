/** What clusters say about their requests: retries, mirrors, hashes, what is counted of them. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener } from '../config.ts';
import { get, ok, post, type Rest, response, stats } from '../requests.ts';

const T = 'type.googleapis.com/envoy.extensions';
const format =
  '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_CLUSTER% attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT%';
const options = (text: string) =>
  `typed_extension_protocol_options: {envoy.extensions.upstreams.http.v3.HttpProtocolOptions: {"@type": ${T}.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: {http_protocol_options: {}}, ${text}}}`;

const clusters = [
  cluster('retrying', ['u0'], options('retry_policy: {retry_on: 5xx, num_retries: 2}')),
  cluster('timing', ['u0'], options('retry_policy: {retry_on: 5xx, per_try_timeout: 0.05s}')),
  cluster('mirrored', ['u0'], options('request_mirror_policies: [{cluster: u1}]')),
  cluster('byheader', ['u0'], options('request_mirror_policies: [{cluster_header: x-m}]')),
  cluster('chain', ['u0'], options('request_mirror_policies: [{cluster: link}]')),
  cluster('link', ['u1'], options('request_mirror_policies: [{cluster: u2}]')),
  cluster('hashed', ['u0'], options('hash_policy: [{header: {header_name: x-h}}]')),
  cluster('budget', ['u0'], 'track_cluster_stats: {timeout_budgets: true}'),
  cluster('sizes', ['u0'], 'track_cluster_stats: {request_response_sizes: true}'),
  cluster('old', ['u0'], 'track_timeout_budgets: true'),
];
const routes = `- {match: {prefix: /own/retry}, route: {cluster: retrying, retry_policy: {retry_on: 5xx, num_retries: 0}}}
- {match: {prefix: /own/plain}, route: {cluster: u0, retry_policy: {retry_on: 5xx, num_retries: 1}}}
- {match: {prefix: /own/mirror}, route: {cluster: mirrored, request_mirror_policies: [{cluster: u2}]}}
- {match: {prefix: /retrying}, route: {cluster: retrying}}
- {match: {prefix: /timing}, route: {cluster: timing}}
- {match: {prefix: /mirrored}, route: {cluster: mirrored}}
- {match: {prefix: /byheader}, route: {cluster: byheader}}
- {match: {prefix: /chain}, route: {cluster: chain}}
- {match: {prefix: /hashed}, route: {cluster: hashed}}
- {match: {prefix: /budget}, route: {cluster: budget}}
- {match: {prefix: /late}, route: {cluster: budget, timeout: 0.05s}}
- {match: {prefix: /sizes}, route: {cluster: sizes}}
- {match: {prefix: /old}, route: {cluster: old}}
`;

const L: Rest = { only: '^x-', logs: ['web'] };
const one = (path: string, rest: Rest = {}, lines: readonly string[] = []) =>
  get('web', path, lines, { ...L, ...rest });
const failing = response('HTTP/1.1 503 no', ['content-length: 0']);
const failures = (count: number) => ({ reply: { u0: [...Array(count).fill({ send: failing }), { send: ok() }] } });

export const clusterPolicies: Suite = {
  kind: 'traffic',
  name: 'cluster-policies',
  upstreams: { u0: 'http', u1: 'http', u2: 'http' },
  config: bootstrap(
    [listener('web', hcm({ routes, log: { name: 'web', format } }))],
    [...clusters, cluster('u0'), cluster('u1'), cluster('u2')],
  ),
  cases: [
    {
      name: 'retries of the cluster',
      steps: [
        one('/retrying', failures(2)),
        one('/retrying', failures(3)),
        one('/own/retry', failures(2)),
        one('/own/plain', failures(1)),
        // Its times are not looked at: those are the route's.
        one('/timing', { reply: { u0: [{ send: failing }, { send: ok() }] } }),
      ],
    },
    {
      name: 'mirrors of the cluster',
      steps: [one('/mirrored'), one('/own/mirror'), one('/byheader', {}, ['x-m: u2']), one('/byheader'), one('/chain')],
    },
    {
      name: 'hosts of mirrors',
      steps: ['a:80,a:80', 'a:', 'a:b', '::1', '[::1]', '[::1]:80'].map((host) =>
        one('/mirrored', {}, [`host: ${host}`]),
      ),
    },
    { name: 'hash of the cluster', steps: [one('/hashed', {}, ['x-h: a'])] },
    {
      name: 'histograms',
      steps: [
        stats('^cluster\\.(budget|sizes|old)\\.upstream_r._(timeout|headers|body)'),
        one('/budget'),
        one('/late', { reply: { u0: [{ on: 'never' }] } }),
        post('web', '/sizes', 'hello', [], L),
        one('/sizes', { reply: ok('four', ['x-a: b']) }),
        one('/old'),
        stats('^cluster\\.(budget|sizes|old)\\.upstream_r._(timeout|headers|body)'),
      ],
    },
  ],
};
