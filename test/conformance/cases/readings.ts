/** How request headers are read: cookies, a host by either of its names, gRPC's content type, numbers. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, router, to } from '../config.ts';
import { get } from '../requests.ts';

const format =
  '%REQ(host)% %RESPONSE_CODE% %ROUTE_NAME% %VIRTUAL_CLUSTER_NAME% %CEL(request.headers["host"])% %CEL("host" in request.headers)% %DYNAMIC_METADATA(read)%';
const logs = { logs: ['web'] } as const;
const answering = (match: string, name: string) =>
  `- {match: {${match}}, name: "${name}", direct_response: {status: 200, body: {inline_string: "${name}"}}}\n`;
const hostMatches = [
  'string_match: {exact: "a.test"}',
  'string_match: {exact: "a.test"}, invert_match: true',
  'present_match: true',
  'string_match: {safe_regex: {regex: "b.*"}}',
  'string_match: {exact: ""}, treat_missing_header_as_empty: true',
  'range_match: {start: 1, end: 5}',
];
const routes = [
  answering('prefix: /cookie, cookies: [{name: a, string_match: {exact: "1"}}]', 'is 1'),
  answering('prefix: /cookie, cookies: [{name: "a b", string_match: {exact: "1"}}]', 'named with a space'),
  answering('prefix: /cookie, cookies: [{name: b, string_match: {prefix: x}, invert_match: true}]', 'not x'),
  ...hostMatches.map((match, i) =>
    answering(`path: /host/${i}, headers: [{name: Host, ${match}}]`, match.slice(0, 12)),
  ),
  answering('prefix: /grpc, grpc: {}', 'grpc'),
  to('dead', '/dead'),
  answering('prefix: /', 'rest'),
].join('');
const indented = routes.replace(/^(?=.)/gm, '  ');
const virtualHosts = `- name: all
  domains: ["*"]
  virtual_clusters: [{name: a, headers: [{name: host, string_match: {exact: a.test}}]}]
  routes:
${indented}`;

const cookies = [
  'a=1',
  'a= 1; b=x',
  'a =1; b=x',
  '  a=1;b=x',
  'b=x;  a=1',
  'a="1"',
  'b=x; a="1',
  'a=2; a=1; b=x',
  'a b=1; b=x',
  'a; b=x',
  '=1; b=x',
  ';;a=1;;',
  'b="x"; a=1=2',
];
const numbers = [
  '1.50',
  '1e3',
  '-0',
  '+1',
  '0x10',
  '-0x1f',
  '0x',
  '0x1p3',
  'inf',
  '-Infinity',
  'nan',
  '1e999',
  '1,2',
  '.5',
  '5.',
  '1_0',
];
const toMetadata = `- name: m
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.filters.http.header_to_metadata.v3.Config
    request_rules: [{header: x-number, on_header_present: {metadata_namespace: read, key: number, type: NUMBER}}]
`;
const contentTypes = ['grpc', 'grpc+json', 'grpc;x', 'grpc-web', 'grpcx'];

export const readings: Suite = {
  kind: 'traffic',
  name: 'readings',
  config: bootstrap(
    [listener('web', hcm({ virtualHosts, httpFilters: toMetadata + router, log: { name: 'web', format } }))],
    [cluster('dead', ['1'])],
  ),
  cases: [
    { name: 'cookies', steps: cookies.map((text) => get('web', '/cookie', [`cookie: ${text}`], logs)) },
    {
      name: 'host',
      steps: ['a.test', 'b.test', '3', ''].flatMap((host) =>
        hostMatches.map((_, i) => get('web', `/host/${i}`, [`host: ${host}`], logs)),
      ),
    },
    { name: 'numbers', steps: numbers.map((text) => get('web', '/', [`x-number: ${text}`], logs)) },
    {
      name: 'content types',
      steps: contentTypes.flatMap((type) =>
        ['/grpc', '/dead'].map((path) => get('web', path, [`content-type: application/${type}`], logs)),
      ),
    },
  ],
};
