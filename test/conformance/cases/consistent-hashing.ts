/** RING_HASH and MAGLEV: which host a hash goes to, tables, cookies. Hosts are hashed by `hash_key`, since ports differ. */
import type { Suite, VerdictTable } from '../case.ts';
import { bootstrap, hcm, listener, tcpProxy } from '../config.ts';
import { clusterWith, type Row, rows } from '../minimal.ts';
import { get, ok, stats } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const host = (name: string, key: string, rest = '') =>
  `{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: ${/^\d+$/.test(name) ? name : `{{${name}}}`}}}}, metadata: {filter_metadata: {envoy.lb: {hash_key: ${key}}}}${rest}}`;
const three = [host('u0', 'alpha'), host('u1', 'beta'), host('u2', 'gamma')];
const hashed = (name: string, fields: string, hosts: readonly string[] = three) => `- name: ${name}
  load_assignment: {cluster_name: ${name}, endpoints: [{lb_endpoints: [${hosts.join(', ')}]}]}
${fields.replace(/^(?=.)/gm, '  ')}
`;
const policy = (text: string) =>
  `load_balancing_policy: {policies: [{typed_extension_config: {name: x, typed_config: {"@type": ${types}.load_balancing_policies.${text}}}}]}`;

const names: Readonly<Record<string, string>> = {
  ring: hashed('ring', 'lb_policy: RING_HASH'),
  murmur: hashed(
    'murmur',
    'lb_policy: RING_HASH\nring_hash_lb_config: {hash_function: MURMUR_HASH_2, minimum_ring_size: 64}',
  ),
  small: hashed('small', 'lb_policy: RING_HASH\nring_hash_lb_config: {minimum_ring_size: 1, maximum_ring_size: 2}'),
  weights: hashed('weights', 'lb_policy: RING_HASH', [
    host('u0', 'alpha', ', load_balancing_weight: 3'),
    host('u1', 'beta'),
    host('u2', 'gamma', ', load_balancing_weight: 7'),
  ]),
  maglev: hashed('maglev', 'lb_policy: MAGLEV'),
  prime: hashed('prime', 'lb_policy: MAGLEV\nmaglev_lb_config: {table_size: 11}', [
    host('u0', 'alpha', ', load_balancing_weight: 3'),
    host('u1', 'beta'),
  ]),
  sick: hashed('sick', 'lb_policy: MAGLEV\ncommon_lb_config: {healthy_panic_threshold: {value: 0}}', [
    host('u0', 'alpha'),
    host('u1', 'beta', ', health_status: UNHEALTHY'),
    host('u2', 'gamma'),
  ]),
  panic: hashed('panic', 'lb_policy: RING_HASH', [
    host('u0', 'alpha', ', health_status: UNHEALTHY'),
    host('u1', 'beta', ', health_status: UNHEALTHY'),
    host('u2', 'gamma'),
  ]),
  dead: hashed('dead', 'lb_policy: RING_HASH', [
    host('1', 'alpha'),
    host('1', 'beta'),
    host('1', 'gamma'),
    host('u0', 'delta'),
  ]),
  newring: hashed('newring', policy('ring_hash.v3.RingHash, minimum_ring_size: 32, hash_function: MURMUR_HASH_2')),
  newmaglev: hashed('newmaglev', policy('maglev.v3.Maglev, table_size: 101')),
  own: hashed(
    'own',
    policy('ring_hash.v3.RingHash, consistent_hashing_lb_config: {hash_policy: [{header: {header_name: x-own}}]}'),
  ),
  bounded: hashed(
    'bounded',
    'lb_policy: RING_HASH\ncommon_lb_config: {consistent_hashing_lb_config: {hash_balance_factor: 100}}',
  ),
};
const byHeader = 'hash_policy: [{header: {header_name: x-h}}]';
const actions: Readonly<Record<string, string>> = {
  dead: `${byHeader}, retry_policy: {retry_on: connect-failure, num_retries: 5, host_selection_retry_max_attempts: 5, retry_host_predicate: [{name: p, typed_config: {"@type": ${types}.retry.host.previous_hosts.v3.PreviousHostsPredicate}}]}`,
};
const routes = `${Object.keys(names)
  .map((name) => `- {match: {prefix: /${name}/}, route: {cluster: ${name}, ${actions[name] ?? byHeader}}}\n`)
  .join('')}- {match: {prefix: /query/}, route: {cluster: maglev, hash_policy: [{query_parameter: {name: q}}]}}
- {match: {prefix: /ip/}, route: {cluster: maglev, hash_policy: [{connection_properties: {source_ip: true}}]}}
- {match: {prefix: /cookie/}, route: {cluster: maglev, hash_policy: [{cookie: {name: c}}]}}
- {match: {prefix: /made/}, route: {cluster: maglev, hash_policy: [{cookie: {name: made, ttl: 60s, path: /p}}]}}
- {match: {prefix: /several/}, route: {cluster: maglev, hash_policy: [{header: {header_name: x-a}, terminal: true}, {header: {header_name: x-b}}]}}
`;
const config = bootstrap(
  [
    listener('web', hcm({ routes })),
    listener('tcp', tcpProxy('tcp', 'cluster: maglev\nhash_policy: [{source_ip: {}}]')),
  ],
  Object.values(names),
);

const replies = { u0: [{ send: ok('u0') }], u1: [{ send: ok('u1') }], u2: [{ send: ok('u2') }] };
const ask = (path: string, lines: readonly string[] = []) =>
  get('web', path, lines, { blind: true, only: '^$', reply: replies });
const values = Array.from({ length: 12 }, (_, i) => `value-${i}`);

export const consistentHashing: Suite = {
  kind: 'traffic',
  name: 'consistent-hashing',
  config,
  upstreams: { u0: 'http', u1: 'http', u2: 'http' },
  cases: [
    ...Object.keys(names).map((name) => ({
      name,
      steps: [
        ...values.map((value) => ask(`/${name}/`, [`${name === 'own' ? 'x-own' : 'x-h'}: ${value}`])),
        stats(`^cluster\\.${name}\\.(ring_hash_lb|maglev_lb|lb_healthy_panic|lb_recalculate)`),
      ],
    })),
    { name: 'query', steps: ['/query/?q=a', '/query/?q=b', '/query/?q=c', '/query/?x=1&q=a'].map((path) => ask(path)) },
    { name: 'source ip', steps: [ask('/ip/'), ask('/ip/')] },
    { name: 'cookie', steps: values.slice(0, 4).map((value) => ask('/cookie/', [`cookie: a=b; c=${value}`])) },
    {
      name: 'cookie that is there',
      steps: [get('web', '/made/', ['cookie: made=x'], { blind: true, only: '^set-cookie$', reply: replies })],
    },
    {
      name: 'several',
      steps: [
        ask('/several/', ['x-a: 1', 'x-b: 2']),
        ask('/several/', ['x-a: 1', 'x-b: 3']),
        ask('/several/', ['x-b: 3']),
      ],
    },
  ],
};

const table: readonly Row[] = [
  ['ring', 'lb_policy: RING_HASH'],
  ['ring sizes', 'lb_policy: RING_HASH\nring_hash_lb_config: {minimum_ring_size: 0, maximum_ring_size: 8388608}'],
  ['ring too large', 'lb_policy: RING_HASH\nring_hash_lb_config: {maximum_ring_size: 8388609}'],
  ['ring wrong way', 'lb_policy: RING_HASH\nring_hash_lb_config: {minimum_ring_size: 5, maximum_ring_size: 4}'],
  ['maglev', 'lb_policy: MAGLEV'],
  ['maglev even', 'lb_policy: MAGLEV\nmaglev_lb_config: {table_size: 100}'],
  ['maglev too large', 'lb_policy: MAGLEV\nmaglev_lb_config: {table_size: 5000081}'],
  [
    'factor below 100',
    'lb_policy: MAGLEV\ncommon_lb_config: {consistent_hashing_lb_config: {hash_balance_factor: 99}}',
  ],
  ['factor', 'lb_policy: MAGLEV\ncommon_lb_config: {consistent_hashing_lb_config: {hash_balance_factor: 150}}'],
  [
    'hostname of static',
    'lb_policy: MAGLEV\ncommon_lb_config: {consistent_hashing_lb_config: {use_hostname_for_hashing: true}}',
  ],
  [
    'hostname of DNS',
    'type: STRICT_DNS\nlb_policy: MAGLEV\ncommon_lb_config: {consistent_hashing_lb_config: {use_hostname_for_hashing: true}}',
  ],
  [
    'new ring',
    policy(
      'ring_hash.v3.RingHash, hash_function: XX_HASH, use_hostname_for_hashing: true, hash_balance_factor: 120, locality_weighted_lb_config: {}',
    ),
  ],
  [
    'new maglev',
    policy(
      'maglev.v3.Maglev, consistent_hashing_lb_config: {use_hostname_for_hashing: true, hash_policy: [{cookie: {name: a, ttl: 1s}}]}, locality_weighted_lb_config: {}',
    ),
  ],
  ['new maglev even', policy('maglev.v3.Maglev, table_size: 4')],
];

export const verdictHashing: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-consistent-hashing',
  configs: rows('hashing', clusterWith, table),
};
