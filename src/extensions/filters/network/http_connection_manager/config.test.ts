import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { httpConnectionManager } from './index.ts';

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const BUFFER = 'envoy.extensions.filters.http.buffer.v3.Buffer';
const ROUTER = 'envoy.extensions.filters.http.router.v3.Router';

const fakeFilter = (name: string, type: string, terminal: boolean) => ({
  category: 'envoy.filters.http',
  name,
  configTypes: [type],
  parseConfig: () => ({}),
  terminal,
});
const { read } = configReader([
  httpConnectionManager,
  fakeFilter('envoy.filters.http.buffer', BUFFER, false),
  fakeFilter('envoy.filters.http.router', ROUTER, true),
]);

const typed = (type: string) => ({ '@type': `type.googleapis.com/${type}` });
const buffer = { name: 'b', typed_config: { ...typed(BUFFER), max_request_bytes: 1 } };
const router = { name: 'envoy.filters.http.router', typed_config: typed(ROUTER) };
const route_config = {
  virtual_hosts: [
    { name: 'v', domains: ['*'], routes: [{ match: { prefix: '/' }, direct_response: { status: 200 } }] },
  ],
};
const base = { stat_prefix: 'p', route_config, http_filters: [buffer, router] };

function problemsOf(overrides: Record<string, unknown>): readonly string[] {
  return read(HCM, { ...base, ...overrides } as never).problems;
}

test('a plain configuration is accepted, with the defaults of Envoy', () => {
  const { config, problems } = read(HCM, base);
  assert.deepEqual(problems, []);
  const { timeouts, serverName, http1 } = config as {
    timeouts: object;
    serverName: string;
    http1: { maxHeadersBytes: number };
  };
  assert.deepEqual(timeouts, {
    idleMs: 3_600_000,
    maxConnectionDurationMs: 0,
    maxStreamDurationMs: 0,
    streamIdleMs: 300_000,
    requestMs: 0,
    requestHeadersMs: 0,
    maxConnectionDurationJitter: 0,
    drainJitter: 0,
    drainMs: 5000,
    delayedCloseMs: 1000,
  });
  assert.equal(serverName, 'envoy');
  assert.equal(http1.maxHeadersBytes, 61_440);
});

// The texts are those of Envoy 1.40.
for (const [what, overrides, problem] of [
  [
    'a terminal filter in the middle',
    { http_filters: [router, buffer] },
    'http_filters[0]: Error: terminal filter named envoy.filters.http.router of type envoy.filters.http.router must be the last filter in a http filter chain.',
  ],
  [
    'no terminal filter',
    { http_filters: [buffer] },
    'http_filters[0]: Error: non-terminal filter named b of type envoy.filters.http.buffer is the last filter in a http filter chain.',
  ],
  [
    'a terminal filter that is off',
    { http_filters: [{ ...router, disabled: true }] },
    'http_filters[0]: Error: the last (terminal) filter (envoy.filters.http.router) in the chain cannot be disabled by default.',
  ],
  [
    'an unknown filter',
    { http_filters: [{ name: 'zz', typed_config: { ...typed(HCM), stat_prefix: 'x' } }, router] },
    `http_filters[0]: Didn't find a registered implementation for 'zz' with type URL: '${HCM}'`,
  ],
  [
    'filters of an upgrade without an end',
    { upgrade_configs: [{ upgrade_type: 'websocket', filters: [buffer] }] },
    'upgrade_configs[0].filters[0]: Error: non-terminal filter named b of type envoy.filters.http.buffer is the last filter in a http upgrade filter chain.',
  ],
  [
    'an upgrade configured twice',
    { upgrade_configs: [{ upgrade_type: 'websocket' }, { upgrade_type: 'WebSocket' }] },
    "upgrade_configs[1]: Error: multiple upgrade configs with the same name: 'WebSocket'",
  ],
  ['HTTP/3 on TCP', { codec_type: 'HTTP3' }, 'codec_type: HTTP/3 codec configured on non-QUIC listener.'],
  [
    'both ways of stripping ports',
    { strip_matching_host_port: true, strip_any_host_port: true },
    'Error: Only one of `strip_matching_host_port` or `strip_any_host_port` can be set.',
  ],
  [
    'both ways of flushing logs',
    { access_log_options: { flush_access_log_on_new_request: true }, flush_access_log_on_new_request: true },
    'Only one of flush_access_log_on_new_request or access_log_options can be specified.',
  ],
] as const) {
  test(`refused: ${what}`, () => assert.equal(problemsOf(overrides)[0], problem));
}

test('an optional filter of an unknown type is left out', () => {
  const optional = { name: 'zz', is_optional: true, typed_config: { ...typed(HCM), stat_prefix: 'x' } };
  assert.deepEqual(problemsOf({ http_filters: [optional, router] }), []);
});

test('scoped routes: a scope by header, its table inline', () => {
  const scope = (key: string) => ({
    name: key,
    key: { fragments: [{ string_key: key }] },
    route_configuration: route_config,
  });
  const scoped_routes = {
    name: 's',
    scope_key_builder: {
      fragments: [
        { header_value_extractor: { name: 'X-Scope', element_separator: ';', element: { key: 'k', separator: '=' } } },
      ],
    },
    scoped_route_configurations_list: { scoped_route_configurations: [scope('a'), scope('b')] },
  };
  const { route_config: _inline, ...rest } = base;
  const { config, problems } = read(HCM, { ...rest, scoped_routes });
  assert.deepEqual(problems, []);
  const { source } = (
    config as { routes: { source: { scopes: { keyOf(headers: unknown): string; tables: Map<string, unknown> } } } }
  ).routes;
  const find = (value: string) => source.scopes.tables.has(source.scopes.keyOf({ get: () => value }));
  assert.deepEqual(['x=1;k=a', 'k=b', 'k=c', 'a'].map(find), [true, true, false, false]);
});
