/** local_ratelimit: its buckets, and the descriptors that `rate_limits` make of requests. Buckets fill too slowly to be seen. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, router } from '../config.ts';
import { get, gets, type Lines, type Rest, stats } from '../requests.ts';

const type = '"@type": type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit';
const on = '{default_value: {numerator: 100}}';
const bucket = (tokens: number, every = '1000s') => `token_bucket: {max_tokens: ${tokens}, fill_interval: ${every}}`;
const limits = (more: string) => `${type}, stat_prefix: rl, filter_enabled: ${on}, filter_enforced: ${on}, ${more}`;
const headers = 'enable_x_ratelimit_headers: DRAFT_VERSION_03';

const perRoute = (name: string, config: string, route = '{cluster: u0}') =>
  `- match: {prefix: /${name}}\n  route: ${route}\n  typed_per_filter_config: {rl: {${config}}}\n`;

/** Buckets of one route each. */
const buckets: Readonly<Record<string, string>> = {
  two: limits(`${bucket(2)}, ${headers}`),
  none: limits(`${bucket(0)}`),
  plain: limits(bucket(1)),
  retry: limits(`${bucket(1)}, ${headers}, enable_retry_after_header: true`),
  status: limits(`${bucket(1)}, status: {code: ServiceUnavailable}`),
  statuslow: limits(`${bucket(1)}, status: {code: OK}`),
  grpc: limits(`${bucket(1)}, rate_limited_as_resource_exhausted: true`),
  added: limits(
    `${bucket(1)}, enable_retry_after_header: true, response_headers_to_add: [{header: {key: x-limited, value: "%RESPONSE_CODE%"}}, {append_action: OVERWRITE_IF_EXISTS_OR_ADD, header: {key: content-type, value: text/own}}]`,
  ),
  off: `${type}, stat_prefix: unused, ${bucket(0)}`,
  notenforced: `${type}, stat_prefix: soft, filter_enabled: ${on}, ${bucket(1)}, ${headers}, request_headers_to_add_when_not_enforced: [{header: {key: x-would-be, value: limited}}]`,
  connection: limits(`${bucket(2)}, ${headers}, local_rate_limit_per_downstream_connection: true`),
  fast: limits(`token_bucket: {max_tokens: 1, tokens_per_fill: 100, fill_interval: 0.1s}`),
};

const keyed = (key: string, value: string, tokens: number, more = '') =>
  `{entries: [{key: ${key}, value: "${value}"}], ${bucket(tokens)}${more}}`;
const action = (list: string, more = '') => `{actions: [${list}]${more}}`;
const header = (name: string, more = '') =>
  `{request_headers: {header_name: x-${name}, descriptor_key: ${name}${more}}}`;

/** What `rate_limits` of the filter itself make. */
const own: Readonly<Record<string, string>> = {
  exact: `${headers}, descriptors: [${keyed('a', '1', 3)}, ${keyed('a', '2', 1)}], rate_limits: [${action(header('a'))}]`,
  wild: `${headers}, descriptors: [${keyed('a', '', 2)}, ${keyed('a', 'x', 5)}], rate_limits: [${action(header('a'))}]`,
  few: `${headers}, max_dynamic_descriptors: 1, descriptors: [${keyed('a', '', 1)}], rate_limits: [${action(header('a'))}]`,
  many: `${headers}, descriptors: [${keyed('a', '1', 4)}, ${keyed('b', '1', 2)}], rate_limits: [${action(header('a'))}, ${action(header('b'))}]`,
  strict: `${headers}, descriptors: [{entries: [{key: a, value: "1"}], token_bucket: {max_tokens: 9, tokens_per_fill: 5, fill_interval: 1000s}}, ${keyed('b', '1', 8)}], rate_limits: [${action(header('a'))}, ${action(header('b'))}]`,
  two: `${headers}, descriptors: [{entries: [{key: a, value: "1"}, {key: b, value: ""}], ${bucket(2)}}], rate_limits: [${action(`${header('a')}, ${header('b')}`)}]`,
  skip: `${headers}, descriptors: [${keyed('a', '1', 2)}], rate_limits: [${action(`${header('a')}, ${header('b', ', skip_if_absent: true')}`)}]`,
  hits: `${headers}, descriptors: [${keyed('a', '1', 10)}], rate_limits: [${action(header('a'), ', hits_addend: {format: "%REQ(x-hits)%"}')}]`,
  threehits: `${headers}, descriptors: [${keyed('a', '1', 10)}], rate_limits: [${action(header('a'), ', hits_addend: {number: 3}')}]`,
  done: `${headers}, descriptors: [${keyed('a', '1', 1)}], rate_limits: [${action(header('a'), ', apply_on_stream_done: true')}]`,
  shadow: `${headers}, descriptors: [${keyed('a', '1', 1, ', shadow_mode: true')}], rate_limits: [${action(header('a'))}], request_headers_to_add_when_not_enforced: [{header: {key: x-would-be, value: limited}}]`,
  optoff: `${headers}, descriptors: [${keyed('a', '1', 5)}], rate_limits: [${action(header('a'), ', x_ratelimit_option: "OFF"')}]`,
  opton: `descriptors: [${keyed('a', '1', 5)}], rate_limits: [${action(header('a'), ', x_ratelimit_option: DRAFT_VERSION_03')}]`,
  alone: `${headers}, always_consume_default_token_bucket: false, descriptors: [${keyed('a', '1', 3)}], rate_limits: [${action(header('a'))}]`,
};
const ownDefault: Readonly<Record<string, number>> = { alone: 1, many: 3 };

/** Actions: which descriptor they make is told by the limit of its bucket. */
const actions: Readonly<Record<string, string>> = {
  generic: '{generic_key: {descriptor_value: "%REQ(x-a)%"}}',
  generickey: '{generic_key: {descriptor_key: own, descriptor_value: v}}',
  source: '{source_cluster: {}}',
  destination: '{destination_cluster: {}}',
  remote: '{remote_address: {}}',
  masked: '{masked_remote_address: {v4_prefix_mask_len: 8}}',
  maskedfull: '{masked_remote_address: {}}',
  match: '{header_value_match: {descriptor_value: m, headers: [{name: x-a, string_match: {exact: "1"}}]}}',
  matchnot:
    '{header_value_match: {descriptor_value: m, descriptor_key: own, expect_match: false, headers: [{name: x-a, string_match: {exact: "1"}}]}}',
  query:
    '{query_parameter_value_match: {descriptor_value: m, query_parameters: [{name: q, string_match: {exact: "1"}}]}}',
  querynot:
    '{query_parameter_value_match: {descriptor_value: m, descriptor_key: own, expect_match: false, query_parameters: [{name: q, string_match: {exact: "1"}}]}}',
  parameter: '{query_parameters: {query_parameter_name: q, descriptor_key: own}}',
  address:
    '{remote_address_match: {descriptor_value: "m%REQ(x-a)%", address_matcher: {ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}]}}}',
  addressnot:
    '{remote_address_match: {descriptor_value: m, descriptor_key: own, address_matcher: {ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}], invert_match: true}}}',
  addressdefault:
    '{remote_address_match: {descriptor_value: "%REQ(x-none)%", default_value: m, descriptor_key: own, address_matcher: {ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}], invert_match: true}}}',
  routemeta:
    '{metadata: {descriptor_key: own, source: ROUTE_ENTRY, metadata_key: {key: nn, path: [{key: deep}, {key: s}]}}}',
  routenumber: '{metadata: {descriptor_key: own, source: ROUTE_ENTRY, metadata_key: {key: nn, path: [{key: number}]}}}',
  metadefault: '{metadata: {descriptor_key: own, metadata_key: {key: nn, path: [{key: none}]}, default_value: m}}',
  metaskip:
    '{generic_key: {descriptor_key: own, descriptor_value: m}}, {metadata: {descriptor_key: own, metadata_key: {key: nn, path: [{key: none}]}, skip_if_absent: true}}',
  clustermeta: '{metadata: {descriptor_key: own, source: CLUSTER_ENTRY, metadata_key: {key: cc, path: [{key: c}]}}}',
};
const told: readonly (readonly [key: string, value: string])[] = [
  ['generic_key', '%REQ(x-a)%'],
  ['own', 'v'],
  ['source_cluster', 'mine'],
  ['destination_cluster', 'u0'],
  ['remote_address', '127.0.0.1'],
  ['masked_remote_address', '127.0.0.0/8'],
  ['masked_remote_address', '127.0.0.1/32'],
  ['header_match', 'm'],
  ['own', 'm'],
  ['query_match', 'm'],
  ['own', '1'],
  ['own', ''],
  ['remote_address_match', 'm1'],
  ['own', 's'],
  ['own', 'c'],
];
const toldDescriptors = told
  .filter(([, value]) => value !== '')
  .map(([key, value], i) => keyed(key, value, 1000 + i))
  .join(', ');

/** What a route's `rate_limits` say besides their actions. */
const besides: Readonly<Record<string, string>> = {
  hits: ', hits_addend: {number: 30}',
  done: ', apply_on_stream_done: true',
  opt: ', x_ratelimit_option: "OFF"',
};
const besidesRoutes = Object.entries(besides).map(
  ([name, more]) =>
    `- match: {prefix: /besides${name}}\n  route: {cluster: u0, rate_limits: [${action('{generic_key: {descriptor_key: own, descriptor_value: v}}', more)}]}\n`,
);

const actionRoutes = Object.entries(actions).map(
  ([name, list]) =>
    `- match: {prefix: /${name}}\n  route: {cluster: u0, rate_limits: [${action(list)}]}\n  metadata: {filter_metadata: {nn: {deep: {s: s}, number: 5}}}\n`,
);

const virtualHosts = `- name: limited
  domains: ["limited"]
  rate_limits: [${action('{generic_key: {descriptor_value: of_host}}')}, ${action('{generic_key: {descriptor_value: of_host_stage}}', ', stage: 1')}]
  routes:
  - match: {prefix: /own}
    route: {cluster: u0, rate_limits: [${action('{generic_key: {descriptor_value: of_route}}')}]}
  - match: {prefix: /both}
    route: {cluster: u0, include_vh_rate_limits: true, rate_limits: [${action('{generic_key: {descriptor_value: of_route}}')}]}
  - match: {prefix: /disabled}
    route: {cluster: u0, rate_limits: [${action('{generic_key: {descriptor_value: of_route}}', ', disable_key: any')}]}
  - match: {prefix: /stage}
    route: {cluster: u0, rate_limits: [${action('{generic_key: {descriptor_value: of_route}}', ', stage: 1')}]}
  - match: {prefix: /direct}
    direct_response: {status: 200}
  - match: {prefix: /}
    route: {cluster: u0}
`;
const hostDescriptors = ['of_host', 'of_host_stage', 'of_route']
  .map((value, i) => keyed('generic_key', value, 100 + i))
  .join(', ');

const web = (name: string, filter: string, routes: { readonly routes?: string; readonly virtualHosts?: string }) =>
  listener(
    name,
    hcm({
      statPrefix: name,
      log: { name, format: '%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%' },
      httpFilters: `- {name: rl, typed_config: {${filter}}}\n${router}`,
      ...routes,
    }),
  );

const ofHosts = (more: string) => limits(`${bucket(5000)}, ${headers}, ${more} descriptors: [${hostDescriptors}]`);

const config = bootstrap(
  [
    web('rl', `${type}, stat_prefix: global, filter_enabled: ${on}`, {
      routes: `${Object.entries(buckets)
        .map(([name, text]) => perRoute(name, text))
        .join('')}- {match: {prefix: /}, route: {cluster: u0}}\n`,
    }),
    web('own', `${type}, stat_prefix: own`, {
      routes: Object.entries(own)
        .map(([name, text]) => perRoute(name, limits(`${bucket(ownDefault[name] ?? 500)}, ${text}`)))
        .join(''),
    }),
    web('actions', limits(`${bucket(5000)}, ${headers}, descriptors: [${toldDescriptors}]`), {
      routes: [...besidesRoutes, ...actionRoutes].join(''),
    }),
    web('override', ofHosts(''), { virtualHosts }),
    web('include', ofHosts('vh_rate_limits: INCLUDE,'), { virtualHosts }),
    web('ignore', ofHosts('vh_rate_limits: IGNORE,'), { virtualHosts }),
    web('staged', ofHosts('stage: 1,'), { virtualHosts }),
  ],
  [cluster('u0', ['u0'], 'metadata: {filter_metadata: {cc: {c: "c"}}}')],
  'node: {id: me, cluster: mine}',
);

const thrice = (to: string, path: string, lines: Lines = [], rest: Rest = {}): Case['steps'] =>
  Array.from({ length: 3 }, () => get(to, path, lines, { logs: [to], ...rest }));

const ownCases: readonly Case[] = Object.keys(own).map((name) => ({
  name: `descriptors /${name}`,
  steps: [
    ...thrice('own', `/${name}`, ['x-a: 1', 'x-hits: 4']),
    get('own', `/${name}`, ['x-a: 2', 'x-b: 1']),
    get('own', `/${name}`, ['x-a: 1', 'x-b: 1']),
    get('own', `/${name}`, ['x-b: 1']),
    get('own', `/${name}`, ['x-a: x', 'x-hits: 0']),
    get('own', `/${name}`, ['x-a: 1', 'x-hits: 0']),
    get('own', `/${name}`, ['x-a: 1', 'x-hits: junk']),
    get('own', `/${name}`),
  ],
}));

export const rateLimits: Suite = {
  kind: 'traffic',
  name: 'rate-limits',
  config,
  upstreams: { u0: 'http' },
  cases: [
    ...Object.keys(buckets).map((name) => ({
      name: `bucket /${name}`,
      steps: [...thrice('rl', `/${name}`), get('rl', `/${name}`, ['content-type: application/grpc'], { logs: ['rl'] })],
    })),
    {
      name: 'bucket of a connection',
      steps: [
        ...thrice('rl', '/connection', [], { conn: 'c' }),
        ...thrice('rl', '/connection', [], { conn: 'd' }),
        get('rl', '/two', [], { conn: 'c' }),
      ],
    },
    gets('no bucket', 'rl', ['/other', '/other']),
    ...ownCases,
    ...Object.keys(actions).map((name) => ({
      name: `action /${name}`,
      steps: [
        get('actions', `/${name}?q=1`, ['x-a: 1']),
        get('actions', `/${name}`),
        get('actions', `/${name}?q=2&q=1`, ['x-a: 2']),
      ],
    })),
    gets('besides actions', 'actions', ['/besideshits', '/besidesdone', '/besidesopt']),
    ...['override', 'include', 'ignore', 'staged'].map((name) => ({
      name: `virtual host ${name}`,
      steps: ['/own', '/both', '/disabled', '/stage', '/direct', '/other'].map((path) =>
        get(name, path, ['host: limited']),
      ),
    })),
    { name: 'statistics', steps: [stats('^(global|own|rl|soft)\\.http_local_rate_limit')] },
  ],
};
