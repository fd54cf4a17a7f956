/** What connections to upstreams inherit of the filter state, and which requests share one; `%XFCC_VALUE(…)%`. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, router, tcpProxy, to } from '../config.ts';
import { get } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions.filters';
const object = (key: string, factory: string, header: string, shared: string) =>
  `{object_key: ${key}, factory_key: ${factory}, shared_with_upstream: ${shared}, format_string: {text_format_source: {inline_string: "%REQ(${header})%"}}}`;
const state = `- name: state
  typed_config:
    "@type": ${types}.http.set_filter_state.v3.Config
    on_request_headers:
    - ${object('once', 'envoy.string', 'x-a', 'ONCE')}
    - ${object('through', 'envoy.string', 'x-a', 'TRANSITIVE')}
    - ${object('own', 'envoy.string', 'x-a', 'NONE')}
    - ${object('hashed', 'envoy.hashable_string', 'x-h', 'ONCE')}
`;
const upstreamState = ['once', 'through', 'own', 'hashed', 'none']
  .map((key) => `${key}=%UPSTREAM_FILTER_STATE(${key})% %UPSTREAM_FILTER_STATE(${key}:PLAIN):3%`)
  .join(' ');
const format = `${upstreamState} mine=%FILTER_STATE(once:PLAIN)% cel=%CEL(upstream_filter_state['once'])%/%CEL(upstream_filter_state)%`;

const connection = `- name: state
  typed_config:
    "@type": ${types}.network.set_filter_state.v3.Config
    on_new_connection:
    - {object_key: once, factory_key: envoy.string, shared_with_upstream: ONCE, format_string: {text_format_source: {inline_string: conn}}}
`;
const xfcc = ['BY', 'hash', 'cert', 'chain', 'subject', 'uri', 'dns'].map((key) => `[%XFCC_VALUE(${key})%]`).join(' ');

const ask = (a: string, h: string) =>
  get('web', '/', [`x-a: ${a}`, `x-h: ${h}`], { logs: ['web'], blind: true, only: '^$' });
const certificates: readonly string[] = [
  'By=spiffe://a;Hash=abc;Subject="CN=x,O=\\"y\\"";URI=spiffe://b;DNS=one;DNS=two',
  'Hash=first;URI=,hash=second;Uri=spiffe://c',
  'By="open;Hash=a',
  'hash',
  ';;,;,= x ; URI = " a "',
  '',
];

const cases: readonly Case[] = [
  { name: 'none was there', steps: [get('plain', '/', [], { logs: ['plain'], blind: true, only: '^$' })] },
  {
    name: 'of the request that made the connection',
    steps: [ask('one', 'x'), ask('two', 'x'), ask('three', 'y'), ask('four', 'x'), ask('five', 'y')],
  },
  {
    name: 'of a connection',
    steps: [{ ...get('tcp', '/', ['connection: close'], { logs: ['tcp'] }), responses: 'close' }],
  },
  {
    name: 'certificates that were forwarded',
    steps: [
      ...certificates.map((value) =>
        get('xfcc', '/', [`x-forwarded-client-cert: ${value}`], { logs: ['xfcc'], blind: true, only: '^$' }),
      ),
      get('xfcc', '/', [], { logs: ['xfcc'], blind: true, only: '^$' }),
    ],
  },
];

export const upstreamFilterState: Suite = {
  kind: 'traffic',
  name: 'upstream-filter-state',
  config: bootstrap(
    [
      listener('web', hcm({ routes: to('u0'), httpFilters: state + router, log: { name: 'web', format } })),
      listener('plain', hcm({ routes: to('u0'), log: { name: 'plain', format } })),
      listener(
        'tcp',
        `${connection}${tcpProxy('tcp', `cluster: u1\naccess_log:\n- {name: f, typed_config: {"@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: "{{log.tcp}}", log_format: {text_format_source: {inline_string: ${JSON.stringify(`${upstreamState} %CEL(upstream_filter_state)%\n`)}}}}}`)}`,
      ),
      listener(
        'xfcc',
        hcm({
          routes: '- {match: {prefix: /}, direct_response: {status: 200}}\n',
          extra: 'forward_client_cert_details: ALWAYS_FORWARD_ONLY',
          log: { name: 'xfcc', format: xfcc },
        }),
      ),
    ],
    [cluster('u0'), cluster('u1')],
  ),
  upstreams: { u0: 'http', u1: 'http' },
  cases,
};
