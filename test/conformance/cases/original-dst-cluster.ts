/** Clusters of the type ORIGINAL_DST: hosts by header, by metadata, by where a connection was meant to go. */
import type { Suite, VerdictTable } from '../case.ts';
import { bootstrap, hcm, listener, router, tcpProxy } from '../config.ts';
import { clusters as clusterList, type Row, rows } from '../minimal.ts';
import { get, stats } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const original = (name: string, extra = '') =>
  `- name: ${name}\n  type: ORIGINAL_DST\n  lb_policy: CLUSTER_PROVIDED\n  cleanup_interval: 600s\n${extra.replace(/^(?=.)/gm, '  ')}\n`;
const toMetadata = `- {name: h2m, typed_config: {"@type": ${types}.filters.http.header_to_metadata.v3.Config, request_rules: [{header: x-dst, on_header_present: {metadata_namespace: nn, key: dst}}]}}\n${router}`;
const routes = ['plain', 'header', 'named', 'port', 'meta']
  .map((name) => `- {match: {prefix: /${name}/}, route: {cluster: ${name}}}\n`)
  .join('');
const proxied = `listener_filters: [{name: p, typed_config: {"@type": ${types}.filters.listener.proxy_protocol.v3.ProxyProtocol}}]`;
const format = '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_HOST%';

const config = bootstrap(
  [
    listener('web', hcm({ routes, httpFilters: toMetadata, log: { name: 'web', format } })),
    listener('led', hcm({ routes, log: { name: 'led', format } }), proxied),
    listener('tcp', tcpProxy('tcp', 'cluster: tcp'), proxied),
  ],
  [
    original('plain'),
    original('header', 'original_dst_lb_config: {use_http_header: true}'),
    original('named', 'original_dst_lb_config: {use_http_header: true, http_header_name: X-Where}'),
    original('port', 'original_dst_lb_config: {use_http_header: true, upstream_port_override: {{u1}}}'),
    original('meta', 'original_dst_lb_config: {metadata_key: {key: nn, path: [{key: dst}]}}'),
    original('tcp'),
  ],
);

const ask = (path: string, lines: readonly string[] = []) => get('web', path, lines, { logs: ['web'], only: '^$' });
const counts = (name: string) =>
  stats(`^cluster\\.${name}\\.(membership|original_dst|upstream_cx_(total|none_healthy)|upstream_rq_total|max_host)`);
const page = (name: string) => get('admin', `/clusters?filter=^${name}$`, [], { blind: true, only: '^$' });
const known = (name: string, value = 1) =>
  ({ do: 'await-stat', name: `cluster.${name}.membership_total`, value }) as const;

export const originalDstCluster: Suite = {
  kind: 'traffic',
  name: 'original-dst-cluster',
  config,
  upstreams: { u0: 'http', u1: 'http', t0: 'echo' },
  cases: [
    { name: 'nowhere', steps: [ask('/plain/'), ask('/header/'), counts('plain'), page('plain')] },
    {
      name: 'header',
      steps: [
        ask('/header/', ['x-envoy-original-dst-host: 127.0.0.1:{{u0}}']),
        known('header'),
        ask('/header/', ['x-envoy-original-dst-host: 127.0.0.1:{{u0}}']),
        ask('/header/', ['x-envoy-original-dst-host: 127.0.0.1:{{u1}}']),
        known('header', 2),
        ask('/header/', ['x-envoy-original-dst-host: 127.0.0.1']),
        ask('/header/', ['x-envoy-original-dst-host: foo:80']),
        counts('header'),
      ],
    },
    {
      name: 'named',
      steps: [ask('/named/', ['x-where: 127.0.0.1:{{u0}}']), known('named'), counts('named'), page('named')],
    },
    { name: 'port', steps: [ask('/port/', ['x-envoy-original-dst-host: 127.0.0.1:1']), known('port'), counts('port')] },
    {
      name: 'metadata',
      steps: [
        ask('/meta/', ['x-dst: 127.0.0.1:{{u1}}']),
        known('meta'),
        ask('/meta/', ['x-dst: what']),
        counts('meta'),
      ],
    },
    {
      name: 'where it was meant to go',
      steps: [
        {
          to: 'led',
          send: 'PROXY TCP4 127.0.0.1 127.0.0.1 5000 {{u0}}\r\nGET /plain/ HTTP/1.1\r\nhost: a\r\n\r\n',
          logs: ['led'],
          only: '^$',
        },
        known('plain'),
        counts('plain'),
      ],
    },
    {
      name: 'ports in other spellings',
      // Blind: what the upstream sees has a port that is not told apart from other digits.
      steps: ['+{{u0}}', '00{{u0}}', '\t {{u0}}', '{{u0}} ', '-{{u0}}', '+-{{u0}}', '0x{{u0}}', '{{u0}}.', ''].map(
        (port) => ({ ...ask('/named/', [`x-where: 127.0.0.1:${port}`]), blind: true }),
      ),
    },
    {
      name: 'over TCP',
      steps: [
        { to: 'tcp', send: 'PROXY TCP4 127.0.0.1 127.0.0.1 5000 {{t0}}\r\nhello', raw: 5 },
        known('tcp'),
        counts('tcp'),
      ],
    },
  ],
};

const one = (text: string) => `- {name: a, type: ORIGINAL_DST, ${text}}`;
const table: readonly Row[] = [
  ['plain', one('lb_policy: CLUSTER_PROVIDED')],
  ['by name', '- {name: a, cluster_type: {name: envoy.cluster.original_dst}, lb_policy: CLUSTER_PROVIDED}'],
  ['another policy', one('lb_policy: ROUND_ROBIN')],
  ['no policy', one('connect_timeout: 1s')],
  ['hosts', one('lb_policy: CLUSTER_PROVIDED, load_assignment: {cluster_name: a}')],
  ['provided by none', '- {name: a, lb_policy: CLUSTER_PROVIDED}'],
  ['header', one('lb_policy: CLUSTER_PROVIDED, original_dst_lb_config: {use_http_header: true, http_header_name: x}')],
  ['header unused', one('lb_policy: CLUSTER_PROVIDED, original_dst_lb_config: {http_header_name: x}')],
  ['port too high', one('lb_policy: CLUSTER_PROVIDED, original_dst_lb_config: {upstream_port_override: 65536}')],
  ['metadata', one('lb_policy: CLUSTER_PROVIDED, original_dst_lb_config: {metadata_key: {key: a, path: [{key: b}]}}')],
  ['metadata without path', one('lb_policy: CLUSTER_PROVIDED, original_dst_lb_config: {metadata_key: {key: a}}')],
  ['outliers', one('lb_policy: CLUSTER_PROVIDED, outlier_detection: {}')],
];

export const verdictOriginalDst: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-original-dst',
  configs: rows('original dst', clusterList, table),
};
