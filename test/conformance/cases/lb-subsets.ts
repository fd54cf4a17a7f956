/** Subset load balancing: whom a route's `metadata_match` reaches, and which configurations there can be. */
import type { Suite, VerdictTable } from '../case.ts';
import { bootstrap, hcm, listener } from '../config.ts';
import { clusterWith, type Row, rows } from '../minimal.ts';
import { get, stats } from '../requests.ts';

const host = (name: string, lb: string) =>
  `{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}}, metadata: {filter_metadata: {envoy.lb: {${lb}}}}}`;
const hosts = [
  host('u0', 'v: "1", stage: prod'),
  host('u1', 'v: "2", stage: prod'),
  host('u2', 'v: ["1", "3"], num: 7'),
];
const subset = (name: string, text: string) => `- name: ${name}
  lb_subset_config: {${text}}
  load_assignment: {cluster_name: ${name}, endpoints: [{lb_endpoints: [${hosts.join(', ')}]}]}
`;
const byV = 'subset_selectors: [{keys: [v]}]';
const names: Readonly<Record<string, string>> = {
  none: subset('none', byV),
  list: subset('list', `${byV}, list_as_any: true, fallback_policy: NO_FALLBACK`),
  default: subset('default', `${byV}, fallback_policy: DEFAULT_SUBSET, default_subset: {v: "2"}`),
  panic: subset('panic', `${byV}, fallback_policy: DEFAULT_SUBSET, default_subset: {v: "9"}, panic_mode_any: true`),
  both: subset(
    'both',
    'subset_selectors: [{keys: [v, stage]}, {keys: [stage], fallback_policy: NO_FALLBACK}, {keys: [num]}]',
  ),
  keys: subset(
    'keys',
    'subset_selectors: [{keys: [v, stage], fallback_policy: KEYS_SUBSET, fallback_keys_subset: [v]}, {keys: [v]}]',
  ),
  selector: subset(
    'selector',
    'fallback_policy: NO_FALLBACK, default_subset: {v: "2"}, subset_selectors: [{keys: [v], fallback_policy: DEFAULT_SUBSET}]',
  ),
  empty: subset('empty', 'fallback_policy: NO_FALLBACK'),
};
const wishes: Readonly<Record<string, string>> = {
  two: 'v: "2"',
  three: 'v: "3"',
  nine: 'v: "9"',
  pair: 'v: "2", stage: prod',
  nopair: 'v: "2", stage: test',
  test: 'stage: test',
  seven: 'num: 7',
};
const routes = Object.keys(names)
  .flatMap((name) => [
    ...Object.entries(wishes).map(
      ([wish, lb]) =>
        `- {match: {path: /${name}/${wish}}, route: {cluster: ${name}, metadata_match: {filter_metadata: {envoy.lb: {${lb}}}}}}\n`,
    ),
  ])
  .join('');
const format = '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS%';
const config = bootstrap([listener('web', hcm({ routes, log: { name: 'web', format } }))], Object.values(names));

/** Those that any host may answer. */
const ANYONE = new Set(['panic/three', 'panic/nine', 'panic/pair', 'panic/nopair', 'panic/test', 'panic/seven']);
const ask = (path: string, name: string) =>
  get('web', `/${path}`, [], { logs: ['web'], only: '^$', blind: name === 'empty' || ANYONE.has(path) });

export const lbSubsets: Suite = {
  kind: 'traffic',
  name: 'lb-subsets',
  config,
  upstreams: { u0: 'http', u1: 'http', u2: 'http' },
  cases: Object.keys(names).map((name) => ({
    name,
    steps: [
      ...Object.keys(wishes).map((wish) => ask(`${name}/${wish}`, name)),
      stats(`^cluster\\.${name}\\.(lb_subsets|upstream_cx_none_healthy|upstream_rq_total)`),
      get('admin', `/stats?usedonly&filter=^cluster\\.${name}\\.lb_subsets`, [], { only: '^$', blind: true }),
    ],
  })),
};

const one = (text: string) => `lb_subset_config: {${text}}`;
const table: readonly Row[] = [
  ['empty', one('')],
  ['usual', one(`fallback_policy: ANY_ENDPOINT, ${byV}`)],
  ['default without one', one(`fallback_policy: DEFAULT_SUBSET, ${byV}`)],
  ['no keys', one('subset_selectors: [{keys: []}]')],
  ['keys subset empty', one('subset_selectors: [{keys: [a], fallback_policy: KEYS_SUBSET}]')],
  ['keys subset all', one('subset_selectors: [{keys: [a], fallback_policy: KEYS_SUBSET, fallback_keys_subset: [a]}]')],
  [
    'keys subset other',
    one('subset_selectors: [{keys: [a], fallback_policy: KEYS_SUBSET, fallback_keys_subset: [b]}]'),
  ],
  ['keys subset', one('subset_selectors: [{keys: [a, b], fallback_policy: KEYS_SUBSET, fallback_keys_subset: [b]}]')],
  ['with RING_HASH', `lb_policy: RING_HASH\n${one(byV)}`],
];

export const verdictSubsets: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-lb-subsets',
  configs: rows('subsets', clusterWith, table),
};
