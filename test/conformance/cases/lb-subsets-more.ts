/** Subsets of localities, subsets of one host, lists of wishes, and the policy `subset`, which says all of it anew. */
import type { Suite, VerdictTable } from '../case.ts';
import { bootstrap, hcm, listener } from '../config.ts';
import { clusterWith, type Row, rows } from '../minimal.ts';
import { get, stats } from '../requests.ts';

const host = (name: string, lb: string, more = '') =>
  `{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}}, metadata: {filter_metadata: {envoy.lb: {${lb}}}}${more}}`;
const [u0, u1, u2] = [host('u0', 'v: "1"'), host('u1', 'v: "1", stage: prod'), host('u2', 'v: "2"')];
/** Two zones: `b` weighs 1, and has one of the hosts of `v: "1"`. */
const zones = (weightOfA: string, ofA: readonly string[]) =>
  `[{locality: {zone: a}, ${weightOfA}lb_endpoints: [${ofA.join(', ')}]}, {locality: {zone: b}, load_balancing_weight: 1, lb_endpoints: [${u1}]}]`;
const failed = host('u0', 'v: "1"', ', health_status: UNHEALTHY');
const inPriorities = `[{priority: 1, lb_endpoints: [${u1}]}, {lb_endpoints: [${u2}, ${failed}]}]`;

const cluster = (name: string, fields: string, endpoints: string) =>
  `- {name: ${name}, ${fields}, load_assignment: {cluster_name: ${name}, endpoints: ${endpoints}}}\n`;
const byV = 'subset_selectors: [{keys: [v]}]';
const weighted = 'common_lb_config: {locality_weighted_lb_config: {}}';
const legacy = (text: string) => `lb_subset_config: {${text}}`;
const policies = 'type.googleapis.com/envoy.extensions.load_balancing_policies';
const policyOf = (type: string, text = '') =>
  `{policies: [{typed_extension_config: {name: x, typed_config: {"@type": ${policies}.${type}${text}}}}]}`;
const roundRobin = policyOf('round_robin.v3.RoundRobin');
const withPolicy = (text: string, child = roundRobin) =>
  `load_balancing_policy: ${policyOf('subset.v3.Subset', `, ${text}, subset_lb_policy: ${child}`)}`;

const all = `[{lb_endpoints: [${u0}, ${u1}, ${u2}]}]`;
const byList = `${byV}, metadata_fallback_policy: FALLBACK_LIST`;
const names: Readonly<Record<string, string>> = {
  aware: cluster('aware', `${weighted}, ${legacy(`${byV}, locality_weight_aware: true`)}`, zones('', [u0])),
  scaled: cluster(
    'scaled',
    `${weighted}, ${legacy(`${byV}, locality_weight_aware: true, scale_locality_weight: true`)}`,
    zones('load_balancing_weight: 1, ', [u0, u2, u2, u2]),
  ),
  single: cluster('single', legacy('subset_selectors: [{keys: [v], single_host_per_subset: true}]'), all),
  failed: cluster('failed', legacy('subset_selectors: [{keys: [v], single_host_per_subset: true}]'), inPriorities),
  twice: cluster(
    'twice',
    legacy('subset_selectors: [{keys: [stage]}, {keys: [v], single_host_per_subset: true}, {keys: [v]}]'),
    all,
  ),
  list: cluster('list', legacy(byList), all),
  nolist: cluster('nolist', legacy(`${byV}, fallback_policy: DEFAULT_SUBSET, default_subset: {v: "2"}`), all),
  policy: cluster('policy', withPolicy(`${byList}, fallback_policy: DEFAULT_SUBSET, default_subset: {v: "2"}`), all),
  redundant: cluster(
    'redundant',
    withPolicy('allow_redundant_keys: true, subset_selectors: [{keys: [v, stage]}, {keys: [v]}]'),
    all,
  ),
  nested: cluster(
    'nested',
    withPolicy(
      'allow_redundant_keys: true, subset_selectors: [{keys: [v]}]',
      policyOf('subset.v3.Subset', `, ${byV}, subset_lb_policy: ${roundRobin}`),
    ),
    all,
  ),
  unselected: cluster('unselected', withPolicy('list_as_any: true'), all),
};
const wishes: Readonly<Record<string, string>> = {
  one: 'v: "1"',
  two: 'v: "2"',
  none: 'v: "9"',
  more: 'v: "2", stage: prod',
  list: 'v: "2", fallback_list: [{v: "9"}, {v: "8"}, {v: "2"}]',
  nothing: 'v: "2", fallback_list: []',
  nolist: 'v: "2", fallback_list: "2"',
  vain: 'v: "2", fallback_list: [{v: "9"}, 3]',
  unlisted: 'fallback_list: [{v: "2"}]',
};
/** Those that either of two hosts may answer. */
const ANYONE = new Set(['list/one', 'nolist/one', 'policy/one', 'redundant/one', 'nested/one']);
const config = bootstrap(
  [
    listener(
      'web',
      hcm({
        routes: Object.keys(names)
          .flatMap((name) =>
            Object.entries(wishes).map(
              ([wish, lb]) =>
                `- {match: {path: /${name}/${wish}}, route: {cluster: ${name}, metadata_match: {filter_metadata: {envoy.lb: {${lb}}}}}}\n`,
            ),
          )
          .join(''),
        log: { name: 'web', format: '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS%' },
      }),
    ),
  ],
  Object.values(names),
);

const ask = (path: string) => get('web', `/${path}`, [], { logs: ['web'], only: '^$', blind: ANYONE.has(path) });

export const lbSubsetsMore: Suite = {
  kind: 'traffic',
  name: 'lb-subsets-more',
  config,
  upstreams: { u0: 'http', u1: 'http', u2: 'http' },
  cases: Object.keys(names).map((name) => ({
    name,
    steps: [
      ...Object.keys(wishes).flatMap((wish) => [ask(`${name}/${wish}`), ask(`${name}/${wish}`)]),
      stats(`^cluster\\.${name}\\.(lb_subsets|upstream_cx_none_healthy|upstream_rq_total)`),
    ],
  })),
};

const beside = 'load_balancing_policy cannot be combined';
const table: readonly Row[] = [
  ['subset of one', legacy('subset_selectors: [{keys: [a, b], single_host_per_subset: true}]')],
  ['weights of localities', `${weighted}\n${legacy(`${byV}, locality_weight_aware: true`)}`],
  ['weights of localities without any', legacy(`${byV}, locality_weight_aware: true`)],
  ['weights of localities without subsets', legacy('locality_weight_aware: true')],
  ['scaled weights alone', legacy(`${byV}, scale_locality_weight: true`)],
  ['list', legacy(byList)],
  ['keys to fall back to in vain', legacy('subset_selectors: [{keys: [a, b], fallback_keys_subset: [a]}]')],
  ['policy', withPolicy(byV)],
  ['policy without a policy', `load_balancing_policy: ${policyOf('subset.v3.Subset', `, ${byV}`)}`],
  ['policy with an unknown one', withPolicy(byV, policyOf('nope.v3.Nope').replace(`${policies}.nope.v3.Nope`, 'a/b'))],
  ['policy with none', withPolicy(byV, '{}')],
  ['policy in a policy', withPolicy(byV, policyOf('subset.v3.Subset', `, ${byV}, subset_lb_policy: ${roundRobin}`))],
  ['policy with weights of localities', withPolicy(`${byV}, locality_weight_aware: true`)],
  [`${beside} with subsets`, `load_balancing_policy: ${roundRobin}\nlb_subset_config: {}`],
  [`${beside} with localities`, `load_balancing_policy: ${roundRobin}\n${weighted}`],
  [`${beside} with zones`, `load_balancing_policy: ${roundRobin}\ncommon_lb_config: {zone_aware_lb_config: {}}`],
  [
    `${beside} with hashing`,
    `load_balancing_policy: ${roundRobin}\ncommon_lb_config: {consistent_hashing_lb_config: {}}`,
  ],
  ['common_lb_config beside', `load_balancing_policy: ${roundRobin}\ncommon_lb_config: {update_merge_window: 1s}`],
  [
    'policy of the cluster, which has none',
    `load_balancing_policy: ${policyOf('cluster_provided.v3.ClusterProvided')}`,
  ],
  [
    'policy of the cluster',
    `name: a\ntype: ORIGINAL_DST\nlb_policy: CLUSTER_PROVIDED\nload_balancing_policy: ${policyOf('cluster_provided.v3.ClusterProvided')}`,
  ],
  [
    'another policy than the cluster’s',
    `name: a\ntype: ORIGINAL_DST\nlb_policy: CLUSTER_PROVIDED\nload_balancing_policy: ${roundRobin}`,
  ],
];

export const verdictSubsetsMore: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-lb-subsets-more',
  configs: rows('subsets', clusterWith, table),
};
