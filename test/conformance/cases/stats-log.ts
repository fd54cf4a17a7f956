/** envoy.access_loggers.stats: statistics of one's own out of each line. */
import type { Suite, VerdictTable } from '../case.ts';
import { bootstrap, cluster, hcm, listener, tcpProxy } from '../config.ts';
import { hcmWith, rows } from '../minimal.ts';
import { get, post, stats } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const log = (config: string, filter = '') =>
  `- name: s\n  ${filter === '' ? '' : `filter: ${filter}\n  `}typed_config: {"@type": ${types}.access_loggers.stats.v3.Config, ${config}}\n`;
const prefixed = (prefix: string, config: string, more = '') =>
  log(`stats_scope: {prefix: ${prefix}${more}}, ${config}`);
const stat = (name: string, tags = '') => `stat: {name: ${name}${tags === '' ? '' : `, tags: [${tags}]`}}`;
const tag = (name: string, format: string, rules = '') =>
  `{name: ${name}, value_format: "${format}"${rules === '' ? '' : `, rules: ${rules}`}}`;
const path = tag('path', '%REQ(:path)%');

const input = `input: {name: value, typed_config: {"@type": ${types}.matching.common_inputs.stats.v3.StatTagValueInput}}`;
const action = (what: string) =>
  `action: {name: act, typed_config: {"@type": ${types}.matching.actions.transform_stat.v3.TransformStat${what === '' ? '' : `, ${what}`}}}`;
const when = (match: string, what: string) =>
  `{predicate: {single_predicate: {${input}, value_match: {${match}}}}, on_match: {${action(what)}}}`;
const rules = `{matcher_list: {matchers: [${[
  when('exact: drop', 'drop_stat: {}'),
  when('exact: bare', 'drop_tag: {}'),
  when('prefix: up', 'update_tag: {new_tag_value: updated}'),
  when('prefix: keep', ''),
].join(', ')}]}, on_no_match: {${action('update_tag: {new_tag_value: other}')}}}`;
const tree = `{matcher_tree: {${input}, exact_match_map: {map: {drop: {${action('drop_stat: {}')}}}}}}`;

const all = [
  prefixed(
    'all',
    `counters: [{${stat('fixed')}, value_fixed: 2}, {${stat('code.by', `${tag('code', '%RESPONSE_CODE%')}, ${path}`)}, value_format: "%RESPONSE_CODE%"}, {${stat('header')}, value_format: "%REQ(x-v)%"}, {${stat('literal', tag('t', 'a%%b: %PROTOCOL%'))}, value_fixed: 1}], histograms: [{${stat('sizes', path)}, unit: Bytes, value_format: "%REQ(x-v)%"}, {${stat('part')}, unit: Percent, value_format: "%REQ(x-v)%"}], gauges: [{${stat('last')}, value_format: "%REQ(x-v)%", set: {log_type: DownstreamEnd}}]`,
  ),
  prefixed(
    'ruled',
    `counters: [{${stat('list', tag('t', '%REQ(x-t)%', rules))}, value_fixed: 1}, {${stat('tree', `${tag('t', '%REQ(x-t)%', tree)}, ${tag('u', '%REQ(x-t)%', rules)}`)}, value_fixed: 1}]`,
  ),
  log(
    'stat_prefix: "a..b:c.", counters: [{stat: {name: "x..y:z", tags: [{name: "t.u-v", value_format: "%REQ(x-t)%"}]}, value_fixed: 1}]',
  ),
].join('');
const limited = [
  prefixed(
    'few',
    `counters: [{${stat('a', path)}, value_fixed: 1}, {${stat('b', path)}, value_fixed: 1}], gauges: [{${stat('g', path)}, value_fixed: 1, set: {log_type: DownstreamEnd}}], histograms: [{${stat('h', path)}, value_format: "%RESPONSE_CODE%"}]`,
    ', max_counters: 3, max_gauges: 1, max_histograms: 1',
  ),
  ...['a', 'b'].map((name) =>
    prefixed('shared', `counters: [{${stat(name, path)}, value_fixed: 1}]`, ', max_counters: 2, sharing_name: s'),
  ),
  prefixed('shared', `counters: [{${stat('c', path)}, value_fixed: 1}]`, ', max_counters: 3, sharing_name: s'),
  ...['a', 'b'].map((name) =>
    prefixed('apart', `counters: [{${stat(name, path)}, value_fixed: 1}]`, ', max_counters: 2'),
  ),
  prefixed('none', `counters: [{${stat('a')}, value_fixed: 1}]`, ', max_counters: 0'),
].join('');
const paired = (name: string, more: string) =>
  `{${stat(name, tag('method', '%REQ(:method)%'))}, ${more}, add_subtract: {add_log_type: DownstreamStart, sub_log_type: DownstreamEnd}}`;
const ok = '{status_code_filter: {comparison: {op: EQ, value: {default_value: 0, runtime_key: none}}}}';
const inflight = [
  prefixed(
    'paired',
    `gauges: [${paired('one', 'value_fixed: 1')}, ${paired('header', 'value_format: "%REQ(x-v)%"')}, {${stat('unpaired')}, value_fixed: 3, add_subtract: {add_log_type: DownstreamStart, sub_log_type: TcpConnectionEnd}}, {${stat('never')}, value_fixed: 1, add_subtract: {add_log_type: TcpConnectionEnd, sub_log_type: DownstreamEnd}}]`,
  ),
  log(`stats_scope: {prefix: filtered}, gauges: [${paired('filtered', 'value_fixed: 1')}]`, ok),
].join('');

const routes =
  '- {match: {prefix: /up}, route: {cluster: u0}}\n- {match: {prefix: /}, direct_response: {status: 200}}\n';
const web = (name: string, logs: string, extra = '') =>
  listener(name, hcm({ statPrefix: name, routes, extra: `access_log:\n${logs}${extra}` }));
const onNewRequest = 'access_log_options: {flush_access_log_on_new_request: true}\n';
const tcpLog = prefixed(
  'tcp',
  `counters: [{${stat('received', tag('up', '%UPSTREAM_CLUSTER%'))}, value_format: "%BYTES_RECEIVED%"}], gauges: [{${stat('open')}, value_fixed: 1, add_subtract: {add_log_type: TcpUpstreamConnected, sub_log_type: TcpConnectionEnd}}]`,
);

const config = bootstrap(
  [
    web('all', all),
    web('limited', limited),
    web('inflight', inflight, onNewRequest),
    listener(
      'tcp',
      tcpProxy('tcp', `cluster: u0\naccess_log_options: {flush_access_log_on_connected: true}\naccess_log:\n${tcpLog}`),
    ),
  ],
  [cluster('u0')],
  'stats_config: {stats_tags: [{tag_name: fixed, fixed_value: everywhere}, {tag_name: mine, regex: "^all(\\\\.(fixed))"}], stats_matcher: {exclusion_list: {patterns: [{suffix: "ruled.list.t.other"}]}}}',
);

const asked = (value: string, t = '') => get('all', '/a.b', [`x-v: ${value}`, ...(t === '' ? [] : [`x-t: ${t}`])]);
const shown = (names: string) => stats(`^(${names})\\.`, ['histograms']);
const page = (name: string) => ({
  ...get('admin', `/stats/prometheus?filter=${encodeURIComponent(`^(${name})\\.`)}`),
  only: '^$',
  blind: true,
});
const json = (name: string) => ({
  ...get('admin', `/stats?format=json&filter=${name}&type=Counters`),
  only: '^$',
  blind: true,
});

export const statsLog: Suite = {
  kind: 'traffic',
  name: 'stats-log',
  config,
  upstreams: { u0: 'http' },
  cases: [
    { name: 'nothing before the first line', steps: [shown('all|ruled|few|paired|a__b_c')] },
    {
      name: 'values',
      steps: [
        ...['5', '0.25', '1e3', ' 7 ', '+2', '0', 'abc', '', '5x'].map((value) => asked(value)),
        get('all', '/'),
        get('all', '/é'),
        shown('all'),
        page('all'),
        json('^all'),
      ],
    },
    {
      name: 'rules of tags',
      steps: [
        ...['drop', 'bare', 'up', 'upper', 'keep', 'else', 'a:b "c" d.e', 'Drop'].map((t) => asked('1', t)),
        shown('ruled'),
        page('ruled'),
        { ...get('admin', '/stats?filter=x%5C.%5C.y'), only: '^$', blind: true },
      ],
    },
    {
      name: 'limits',
      steps: [...['/1', '/2', '/3', '/1'].map((at) => get('limited', at)), shown('few|shared|apart|none')],
    },
    {
      name: 'gauges that go up and down',
      steps: [
        {
          ...post('inflight', '/up', 'abc', ['x-v: 2']),
          conn: 'c',
          responses: 0,
          reply: { on: 'never' },
        },
        shown('paired|filtered'),
        { do: 'close', conn: 'c' },
        { do: 'await-stat', name: 'http.inflight.downstream_rq_active', value: 0 },
        shown('paired|filtered'),
        page('paired|filtered'),
      ],
    },
    {
      name: 'connections',
      steps: [
        { to: 'tcp', send: 'GET / HTTP/1.1\r\nhost: x\r\n\r\n', conn: 't' },
        shown('tcp'),
        { do: 'close', conn: 't' },
        { do: 'await-stat', name: 'tcp.tcp.downstream_cx_total', value: 1 },
        { do: 'await-stat', name: 'cluster.u0.upstream_cx_active', value: 0 },
        stats('^tcp\\.(received|open)'),
      ],
    },
  ],
};

const counters = (list: string) => `stats_scope: {prefix: p}, counters: [${list}]`;
const gauges = (list: string) => `stats_scope: {prefix: p}, gauges: [${list}]`;
const set = 'set: {log_type: DownstreamEnd}';
const faulty: Readonly<Record<string, string>> = {
  'no prefix': 'counters: []',
  'a prefix only': 'stat_prefix: p',
  'an empty scope': 'stats_scope: {}',
  'both prefixes': 'stat_prefix: p, stats_scope: {prefix: p}',
  'counter without value': counters(`{${stat('a')}}`),
  'counter with both': counters(`{${stat('a')}, value_fixed: 1, value_format: "%DURATION%"}`),
  'counter of 0': counters(`{${stat('a')}, value_fixed: 0}`),
  'counter without stat': counters('{value_fixed: 1}'),
  'counter without name': counters('{stat: {}, value_fixed: 1}'),
  'format with text': counters(`{${stat('a')}, value_format: "%DURATION% ms"}`),
  'format of two': counters(`{${stat('a')}, value_format: "%DURATION%%DURATION%"}`),
  'format of none': counters(`{${stat('a')}, value_format: "%%"}`),
  'format unknown': counters(`{${stat('a')}, value_format: "%NOPE%"}`),
  'tag without format': counters('{stat: {name: a, tags: [{name: t}]}, value_fixed: 1}'),
  'tag without name': counters('{stat: {name: a, tags: [{value_format: t}]}, value_fixed: 1}'),
  'tag of text': counters(`{${stat('a', tag('t', 'x'))}, value_fixed: 1}`),
  'tag unknown': counters(`{${stat('a', tag('t', '%NOPE%'))}, value_fixed: 1}`),
  'histogram without format': `stats_scope: {prefix: p}, histograms: [{${stat('a')}}]`,
  'histogram of a unit': `stats_scope: {prefix: p}, histograms: [{${stat('a')}, unit: Microseconds, value_format: "%DURATION%"}]`,
  'histogram of no unit': `stats_scope: {prefix: p}, histograms: [{${stat('a')}, unit: Years, value_format: "%DURATION%"}]`,
  'gauge without operation': gauges(`{${stat('a')}, value_fixed: 1}`),
  'gauge with both operations': gauges(
    `{${stat('a')}, value_fixed: 1, ${set}, add_subtract: {add_log_type: DownstreamStart, sub_log_type: DownstreamEnd}}`,
  ),
  'gauge set at nothing': gauges(`{${stat('a')}, value_fixed: 1, set: {}}`),
  'gauge paired with nothing': gauges(`{${stat('a')}, value_fixed: 1, add_subtract: {add_log_type: DownstreamStart}}`),
  'gauge paired with itself': gauges(
    `{${stat('a')}, value_fixed: 1, add_subtract: {add_log_type: DownstreamEnd, sub_log_type: DownstreamEnd}}`,
  ),
  'gauge without value': gauges(`{${stat('a')}, ${set}}`),
  'gauge with both values': gauges(`{${stat('a')}, value_fixed: 1, value_format: "%DURATION%", ${set}}`),
  'gauge right': gauges(`{${stat('a')}, value_fixed: 1, ${set}}`),
  'rules right': counters(`{${stat('a', tag('t', 'x', rules))}, value_fixed: 1}`),
  'rules of another input': counters(
    `{${stat('a', tag('t', 'x', tree.replace(input, `input: {name: h, typed_config: {"@type": type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x}}`)))}, value_fixed: 1}`,
  ),
  'rules of the full name': counters(
    `{${stat('a', tag('t', 'x', tree.replace('StatTagValueInput', 'StatFullNameMatchInput')))}, value_fixed: 1}`,
  ),
  'rules of the environment': counters(
    `{${stat('a', tag('t', 'x', tree.replace(input, `input: {name: e, typed_config: {"@type": ${types}.matching.common_inputs.environment_variable.v3.Config, name: HOME}}`)))}, value_fixed: 1}`,
  ),
  'rules with another action': counters(
    `{${stat('a', tag('t', 'x', `{on_no_match: {action: {name: a, typed_config: {"@type": ${types}.filters.http.router.v3.Router}}}}`))}, value_fixed: 1}`,
  ),
  'rules that go on': counters(
    `{${stat('a', tag('t', 'x', tree.replace('{action', '{keep_matching: true, action')))}, value_fixed: 1}`,
  ),
  'rules by domain': counters(
    `{${stat('a', tag('t', 'x', `{matcher_tree: {${input}, custom_match: {name: d, typed_config: {"@type": type.googleapis.com/xds.type.matcher.v3.ServerNameMatcher}}}}`))}, value_fixed: 1}`,
  ),
};

const configured = (text: string) =>
  hcmWith(
    `access_log: [{name: s, typed_config: {"@type": ${types}.access_loggers.stats.v3.Config, ${text}}}]
http_filters: [{name: router, typed_config: {"@type": ${types}.filters.http.router.v3.Router}}]`,
  );

export const verdictStatsLog: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-stats-log',
  configs: rows('stats log', configured, Object.entries(faulty)),
};
