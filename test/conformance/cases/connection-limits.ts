/** Limits on connections: how many at a time, how many in a time, in network and listener filters. */
import type { Suite, VerdictTable } from '../case.ts';
import { bootstrap, cluster, fileLog, indent, listener, tcpProxy } from '../config.ts';
import { filters, listenerWith, type Row, rows } from '../minimal.ts';
import { stats } from '../requests.ts';

const T = 'type.googleapis.com/envoy.extensions.filters';
const format =
  '%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% %DOWNSTREAM_LOCAL_CLOSE_REASON% rx=%BYTES_RECEIVED% tx=%BYTES_SENT%';
const connectionLimit = (name: string, rest: string) =>
  `- {name: l, typed_config: {"@type": ${T}.network.connection_limit.v3.ConnectionLimit, stat_prefix: ${name}, ${rest}}}\n`;
const rateLimit = (name: string, rest: string) =>
  `- {name: l, typed_config: {"@type": ${T}.network.local_ratelimit.v3.LocalRateLimit, stat_prefix: ${name}, ${rest}}}\n`;
const socketLimit = (name: string, rest: string) =>
  `listener_filters: [{name: l, typed_config: {"@type": ${T}.listener.local_ratelimit.v3.LocalRateLimit, stat_prefix: ${name}, ${rest}}}]`;
const bucket = (tokens: number) => `token_bucket: {max_tokens: ${tokens}, fill_interval: 1000s}`;
const off = 'runtime_enabled: {default_value: false, runtime_key: k}';

const behind = (name: string, filter: string, extra = '') =>
  listener(name, filter + tcpProxy(name, 'cluster: e0'), `access_log:\n${fileLog(name, format)}${extra}`);

const once = (to: string) => ({ to, send: 'hi', raw: 2, conn: `${to}1` }) as const;
const again = (to: string) => ({ to, send: 'hi', raw: 'close', logs: [to] }) as const;

export const connectionLimits: Suite = {
  kind: 'traffic',
  name: 'connection-limits',
  upstreams: { e0: 'echo' },
  config: bootstrap(
    [
      behind('one', connectionLimit('one', 'max_connections: 1')),
      behind('delayed', connectionLimit('delayed', 'max_connections: 1, delay: 0.1s')),
      behind('unlimited', connectionLimit('unlimited', `max_connections: 1, ${off}`)),
      behind('bucket', rateLimit('bucket', bucket(1))),
      behind('bucketoff', rateLimit('bucketoff', `${bucket(1)}, ${off}`)),
      behind('shared1', rateLimit('shared1', `${bucket(1)}, share_key: s`)),
      behind('shared2', rateLimit('shared2', `${bucket(1)}, share_key: s`)),
      behind('shared3', rateLimit('shared3', `${bucket(2)}, share_key: s`)),
      behind('sockets', '', socketLimit('sockets', bucket(1))),
    ],
    [cluster('e0')],
  ),
  cases: [
    { name: 'one at a time', steps: [once('one'), again('one'), { do: 'close', conn: 'one1' }, once('one')] },
    { name: 'what is over the limit waits', steps: [once('delayed'), again('delayed')] },
    { name: 'limit that is off', steps: [once('unlimited'), { to: 'unlimited', send: 'hi', raw: 2 }] },
    { name: 'one token', steps: [once('bucket'), again('bucket')] },
    { name: 'bucket that is off', steps: [once('bucketoff'), { to: 'bucketoff', send: 'hi', raw: 2 }] },
    { name: 'shared bucket', steps: [once('shared1'), again('shared2'), once('shared3')] },
    { name: 'one socket', steps: [once('sockets'), again('sockets')] },
    {
      name: 'statistics',
      steps: [stats('\\.limited_|rate_limited|^listener\\.127.*(cx_total|no_filter|listener_filter)')],
    },
  ],
};

const base = 'stat_prefix: a';
const limits: readonly Row[] = [
  ['limit', `${base}\nmax_connections: 1`],
  ['no limit', base],
  ['limit 0', `${base}\nmax_connections: 0`],
  ['no prefix', 'max_connections: 1'],
  ['negative delay', `${base}\nmax_connections: 1\ndelay: -1s`],
  ['flag without key', `${base}\nmax_connections: 1\nruntime_enabled: {default_value: true}`],
];
const buckets: readonly Row[] = [
  ['bucket', `${base}\n${bucket(1)}`],
  ['no bucket', base],
  ['no tokens', `${base}\ntoken_bucket: {max_tokens: 0, fill_interval: 1s}`],
  ['no interval', `${base}\ntoken_bucket: {max_tokens: 1}`],
  ['interval 49ms', `${base}\ntoken_bucket: {max_tokens: 1, fill_interval: 0.049s}`],
  ['interval 50ms', `${base}\ntoken_bucket: {max_tokens: 1, fill_interval: 0.050s}`],
  ['tokens per fill 0', `${base}\ntoken_bucket: {max_tokens: 1, fill_interval: 1s, tokens_per_fill: 0}`],
  ['no prefix', bucket(1)],
  ['share key', `${base}\n${bucket(1)}\nshare_key: k`],
];

const echo = `{name: e, typed_config: {"@type": ${T}.network.echo.v3.Echo}}`;
const networkFilter = (type: string) => (text: string) =>
  filters(`- name: f\n  typed_config:\n    "@type": ${T}.network.${type}\n${indent(text, 4)}\n- ${echo}`);
const listenerFilter = (text: string) =>
  listenerWith(
    `listener_filters:\n- name: f\n  typed_config:\n    "@type": ${T}.listener.local_ratelimit.v3.LocalRateLimit\n${indent(text, 4)}`,
  );

export const verdictConnectionLimits: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-connection-limits',
  configs: [
    ...rows('connection_limit', networkFilter('connection_limit.v3.ConnectionLimit'), limits),
    ...rows('network local_ratelimit', networkFilter('local_ratelimit.v3.LocalRateLimit'), buckets),
    ...rows('listener local_ratelimit', listenerFilter, buckets),
  ],
};
