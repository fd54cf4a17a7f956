/**
 * `filter_chain_matcher`: which chain a connection takes. Each listener is one matcher; its name says what is asked.
 * Without `keep_matching`: Envoy 1.40 crashes on the first connection that comes to one.
 */
import type { Suite } from '../case.ts';
import { bootstrap, fileLog, indent } from '../config.ts';

const types = 'type.googleapis.com/envoy.extensions';
const direct = (text: string) =>
  `{name: d, typed_config: {"@type": ${types}.filters.network.direct_response.v3.Config, response: {inline_string: ${text}}}}`;

const chains = ['a', 'b', 'c'].map((name) => `{name: ${name}, filters: [${direct(name)}]}`).join(', ');
const input = (type: string) =>
  `{name: i, typed_config: {"@type": ${types}.matching.common_inputs.network.v3.${type}Input}}`;
const take = (chain: string) =>
  `action: {name: x, typed_config: {"@type": type.googleapis.com/google.protobuf.StringValue, value: ${chain}}}`;
const to = (chain: string) => `{${take(chain)}}`;
const single = (type: string, match: string) => `{single_predicate: {input: ${input(type)}, ${match}}}`;
const when = (predicate: string, onMatch: string) => `{predicate: ${predicate}, on_match: ${onMatch}}`;
const list = (...matchers: readonly string[]) => `matcher_list: {matchers: [${matchers.join(', ')}]}`;
const map = (kind: 'exact' | 'prefix', type: string, entries: string) =>
  `matcher_tree: {input: ${input(type)}, ${kind}_match_map: {map: {${entries}}}}`;
const custom = (name: string, fields: string) =>
  `custom_match: {name: m, typed_config: {"@type": ${types}.matching.input_matchers.${name}, ${fields}}}`;
const range = (ip: string, length: number, onMatch: string, exclusive = false) =>
  `{ranges: [{address_prefix: ${ip}, prefix_len: ${length}}], on_match: ${onMatch}, exclusive: ${exclusive}}`;
const ipTree = (...ranges: readonly string[]) =>
  `matcher_tree: {input: ${input('SourceIP')}, custom_match: {name: ip, typed_config: {"@type": type.googleapis.com/xds.type.matcher.v3.IPMatcher, range_matchers: [${ranges.join(', ')}]}}}`;
const otherwise = `on_no_match: ${to('c')}`;
const here = single('SourceIP', 'value_match: {exact: 127.0.0.1}');
const elsewhere = single('SourceIP', 'value_match: {exact: 127.0.0.2}');
const hashed = (threshold: number, seed = 0) =>
  custom('consistent_hashing.v3.ConsistentHashing', `threshold: ${threshold}, modulo: 100, seed: ${seed}`);
const nothing = `{matcher: {${map('exact', 'SourceIP', `"9.9.9.9": ${to('b')}`)}}}`;

const matchers: Readonly<Record<string, string>> = {
  always: `on_no_match: ${to('b')}`,
  empty: '{}',
  unknown: `on_no_match: ${to('nope')}`,
  exact: map('exact', 'SourceIP', `"127.0.0.1": ${to('b')}`),
  missed: `${map('exact', 'SourceIP', `"127.0.0.2": ${to('b')}`)}, ${otherwise}`,
  fallback: map('exact', 'SourceIP', `"127.0.0.2": ${to('b')}`),
  longest: map('prefix', 'SourceIP', `"127.": ${to('a')}, "127.0.0": ${to('b')}, "127.0.0.10": ${to('c')}`),
  shorter: map('prefix', 'SourceIP', `"127.": ${to('a')}, "127.0.0": ${nothing}`),
  nested: `${map('exact', 'SourceIP', `"127.0.0.1": ${nothing}`)}, ${otherwise}`,
  inner: map('exact', 'SourceIP', `"127.0.0.1": {matcher: {${map('exact', 'SourceType', `local: ${to('b')}`)}}}`),
  order: list(when(elsewhere, to('a')), when(here, to('b')), when(here, to('c'))),
  resumes: list(when(here, nothing), when(here, to('c'))),
  or: list(when(`{or_matcher: {predicate: [${elsewhere}, ${here}]}}`, to('b'))),
  and: `${list(when(`{and_matcher: {predicate: [${here}, ${elsewhere}]}}`, to('b')))}, ${otherwise}`,
  not: list(when(`{not_matcher: ${elsewhere}}`, to('b'))),
  absent: list(when(`{not_matcher: ${single('ServerName', 'value_match: {exact: x}')}}`, to('b'))),
  absenttree: `${map('exact', 'ServerName', `x: ${to('b')}`)}, ${otherwise}`,
  direct: map('exact', 'DirectSourceIP', `"127.0.0.1": ${to('b')}`),
  local: map('exact', 'DestinationIP', `"127.0.0.1": ${to('b')}`),
  port: map('exact', 'DestinationPort', `"{{port}}": ${to('b')}`),
  type: map('exact', 'SourceType', `local: ${to('b')}`),
  transport: `${map('exact', 'TransportProtocol', `raw_buffer: ${to('b')}, tls: ${to('a')}`)}, ${otherwise}`,
  protocol: `${map('prefix', 'ApplicationProtocol', `"'": ${to('b')}`)}, ${otherwise}`,
  sourceport: list(
    when(single('SourcePort', 'value_match: {safe_regex: {google_re2: {}, regex: "[1-9][0-9]+"}}'), to('b')),
  ),
  contains: list(when(single('SourceIP', 'value_match: {contains: "7.0.0"}'), to('b'))),
  ranges: ipTree(range('127.0.0.0', 8, to('a')), range('127.0.0.0', 24, to('b')), range('10.0.0.0', 8, to('c'))),
  rangeswiden: ipTree(range('127.0.0.0', 8, to('a')), range('127.0.0.0', 24, nothing)),
  rangesexclusive: `${ipTree(range('127.0.0.0', 8, to('a'), true), range('127.0.0.0', 24, nothing))}, ${otherwise}`,
  rangesequal: ipTree(range('127.0.0.0', 8, to('b')), range('127.0.0.0', 8, to('a'))),
  ip: list(
    when(
      single(
        'SourceIP',
        custom('ip.v3.Ip', 'stat_prefix: s, cidr_ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}]'),
      ),
      to('b'),
    ),
  ),
  ipjunk: `${list(when(single('SourceType', custom('ip.v3.Ip', 'stat_prefix: junk, cidr_ranges: [{address_prefix: 127.0.0.0, prefix_len: 8}]')), to('b')))}, ${otherwise}`,
  hashall: list(when(single('SourceIP', hashed(0)), to('b'))),
  hashnone: `${list(when(single('SourceIP', hashed(100)), to('b')))}, ${otherwise}`,
  hash50: `${list(when(single('SourceIP', hashed(50)), to('b')))}, ${otherwise}`,
  hash50seed: `${list(when(single('SourceIP', hashed(50, 7)), to('b')))}, ${otherwise}`,
  fraction: `${list(when(single('SourceIP', custom('runtime_fraction.v3.RuntimeFraction', 'runtime_fraction: {runtime_key: half, default_value: {numerator: 30}}')), to('b')))}, ${otherwise}`,
  fractionkey: `${list(when(single('SourceIP', custom('runtime_fraction.v3.RuntimeFraction', 'runtime_fraction: {runtime_key: all, default_value: {numerator: 0}}')), to('b')))}, ${otherwise}`,
  environment: `matcher_tree: {input: {name: e, typed_config: {"@type": ${types}.matching.common_inputs.environment_variable.v3.Config, name: NO_SUCH_VARIABLE}}, exact_match_map: {map: {x: ${to('b')}}}}, ${otherwise}`,
};

const listenerOf = ([name, matcher]: readonly [string, string]) => {
  const tree = matcher === '{}' ? matcher : `{${matcher}}`;
  return `- name: ${name}
  address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}
  filter_chain_matcher: ${tree}
  filter_chains: [${chains}]
  default_filter_chain: {filters: [${direct('default')}]}
  access_log:
${indent(fileLog(name, '%RESPONSE_FLAGS% %FILTER_CHAIN_NAME%'), 2)}
`;
};

export const chainMatcher: Suite = {
  kind: 'traffic',
  name: 'chain-matcher',
  config: `${bootstrap(Object.entries(matchers).map(listenerOf), [])}
layered_runtime: {layers: [{name: s, static_layer: {all: 100}}]}
`,
  upstreams: {},
  cases: [
    ...Object.keys(matchers).map((name) => ({ name, steps: [{ to: name, raw: 'close', logs: [name] } as const] })),
    { name: 'statistics', steps: [{ to: 'ipjunk', raw: 'close', stats: 'ip_parsing_failed' }] },
  ],
};
