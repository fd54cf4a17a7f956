import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ConfigError, formatConfigProblem } from '../../sdk/config.ts';
import type { ExtensionLookup } from '../../sdk/extension.ts';
import { pem } from '../../test/harness/tls-peers.ts';
import type { TypeRegistry } from '../common/proto/type-registry.ts';
import type { ServerConfig } from '../main/config/server-config.ts';
import { loadConfig } from './load-config.ts';
import { loadExtensions } from './load-extensions.ts';
import { loadTypes } from './types.ts';

const http = 'type.googleapis.com/envoy.extensions.filters';

const cluster = (name: string) => ({ name, load_assignment: { cluster_name: name } });

/** A listener whose connections go to a cluster. */
const tcpTo = (to: string, port = 0, name = to) => ({
  name,
  address: { socket_address: { address: '127.0.0.1', port_value: port } },
  filter_chains: [
    {
      filters: [
        {
          name: 'tcp',
          typed_config: { '@type': `${http}.network.tcp_proxy.v3.TcpProxy`, stat_prefix: 't', cluster: to },
        },
      ],
    },
  ],
});

/** A listener whose requests are routed to a cluster. */
const httpTo = (to: string) => {
  const routes = [{ match: { prefix: '/' }, route: { cluster: to } }];
  const typed_config = {
    '@type': `${http}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'h',
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
    http_filters: [{ name: 'r', typed_config: { '@type': `${http}.http.router.v3.Router` } }],
  };
  return { ...tcpTo(to), filter_chains: [{ filters: [{ name: 'http', typed_config }] }] };
};

describe('a whole configuration', () => {
  const parts: { types?: TypeRegistry; extensions?: ExtensionLookup } = {};

  before(async () => {
    parts.types = loadTypes();
    parts.extensions = await loadExtensions([], [], () => {});
  });

  function load(bootstrap: object, more: object = {}): { config: ServerConfig; warnings: string[] } {
    const warnings: string[] = [];
    const options = {
      configPath: '',
      configYaml: JSON.stringify(bootstrap),
      statsTags: [],
      allowUnknownStaticFields: false,
      skipDeprecatedLogs: false,
      ...more,
    };
    const { types, extensions } = parts as Required<typeof parts>;
    const config = loadConfig(
      options,
      types,
      extensions,
      () => 'unnamed',
      (text) => warnings.push(text),
    );
    return { config, warnings };
  }

  function faults(bootstrap: object): readonly string[] {
    try {
      load(bootstrap);
      return [];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.problems.map(formatConfigProblem);
    }
  }

  test('a cluster that does not exist is told with its place and a near name', () => {
    const [fault = '', ...others] = faults({
      static_resources: { clusters: [cluster('backend')], listeners: [httpTo('backnd')] },
    });
    assert.deepEqual(others, []);
    assert.match(
      fault,
      /^--config-yaml:1:\d+: .*filters\[0\]\.typed_config.*: .*unknown cluster 'backnd'.*did you mean "backend"\?/,
    );
  });

  test('a chain of network filters ends with a terminal one, and has no other', () => {
    const echo = { name: 'e', typed_config: { '@type': `${http}.network.echo.v3.Echo` } };
    const limit = {
      name: 'n',
      typed_config: {
        '@type': `${http}.network.connection_limit.v3.ConnectionLimit`,
        stat_prefix: 'l',
        max_connections: 1,
      },
    };
    const told = (...filters: readonly object[]) =>
      faults({ static_resources: { listeners: [{ ...tcpTo('x'), filter_chains: [{ filters }] }] } }).join('\n');
    assert.equal(told(limit, echo), '');
    assert.match(
      told(echo, echo),
      /filters\[0\]: Error: terminal filter named e of type envoy\.filters\.network\.echo must be the last/,
    );
    assert.match(told(limit), /filters\[0\]: Error: non-terminal filter named n of type .* is the last filter/);
  });

  test('faults of different parts are told all at once', () => {
    const found = faults({
      hds_config: {},
      static_resources: {
        clusters: [cluster('a'), cluster('a')],
        listeners: [tcpTo('a', 10_000, 'x'), tcpTo('a', 10_000, 'y')],
      },
      stats_flush_interval: '1s',
      stats_flush_on_admin: true,
    });
    const told = [
      'hds_config is not supported yet',
      "duplicate cluster 'a'",
      'duplicate address',
      'Only one of stats_flush',
    ];
    for (const words of told) assert.equal(found.filter((fault) => fault.includes(words)).length, 1, words);
    assert.equal(found.length, told.length, found.join('\n'));
  });

  test('watchdogs of main and of workers are apart; what is not said has Envoy’s defaults', () => {
    const all = {
      miss_timeout: '1s',
      megamiss_timeout: '2s',
      kill_timeout: '3s',
      max_kill_timeout_jitter: '4s',
      multikill_timeout: '5s',
      multikill_threshold: { value: 60 },
    };
    const { config } = load({ watchdogs: { main_thread_watchdog: all, worker_watchdog: { megamiss_timeout: '7s' } } });
    const none = { killMs: 0, maxKillJitterMs: 0, multikillMs: 0, multikillThreshold: 0, actions: [] };
    assert.deepEqual(config.mainWatchdog, {
      ...{ missMs: 1000, megamissMs: 2000, killMs: 3000, maxKillJitterMs: 4000, multikillMs: 5000 },
      ...{ multikillThreshold: 60, actions: [] },
    });
    assert.deepEqual(config.workerWatchdog, { ...none, missMs: 200, megamissMs: 7000 });
    assert.deepEqual(load({}).config.workerWatchdog, { ...none, missMs: 200, megamissMs: 1000 });
  });

  test('a watchdog’s actions have their events', () => {
    const action = (event: string, type: string) => ({
      event,
      config: { name: 'x', typed_config: { '@type': `type.googleapis.com/${type}` } },
    });
    const actions = [
      action('MISS', 'envoy.extensions.watchdog.backtrace_action.v3.BacktraceActionConfig'),
      action('KILL', 'envoy.watchdog.v3.AbortActionConfig'),
    ];
    const { config } = load({ watchdogs: { worker_watchdog: { actions } } });
    assert.deepEqual(
      config.workerWatchdog.actions.map(({ event, name }) => [event, name]),
      [
        ['MISS', 'envoy.watchdog.backtrace_action'],
        ['KILL', 'envoy.watchdog.abort_action'],
      ],
    );
  });

  test('the use of deprecated fields is warned of, unless --skip-deprecated-logs says otherwise', () => {
    const bootstrap = { watchdog: {} };
    assert.match(load(bootstrap).warnings.join('\n'), /^Deprecated field: .*watchdog/);
    assert.deepEqual(load(bootstrap, { skipDeprecatedLogs: true }).warnings, []);
  });

  test('a server that does not say whether clients need a certificate uses a default that will go', () => {
    const type = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext';
    const uses = (own: object) => {
      const tls_certificates = [
        { certificate_chain: { inline_string: pem('server') }, private_key: { inline_string: pem('server-key') } },
      ];
      const common_tls_context = { tls_certificates, validation_context: {} };
      const typed_config = { '@type': type, common_tls_context, ...own };
      const echo = 'type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo';
      const filters = [{ name: 'e', typed_config: { '@type': echo } }];
      const chain = { filters, transport_socket: { name: 'tls', typed_config } };
      const address = { socket_address: { address: '127.0.0.1', port_value: 0 } };
      const { config, warnings } = load({ static_resources: { listeners: [{ address, filter_chains: [chain] }] } });
      return [config.deprecatedUses, warnings.filter((text) => text.includes('not requiring client cert')).length];
    };
    assert.deepEqual(uses({}), [1, 1]);
    assert.deepEqual(uses({ require_client_certificate: false }), [0, 0]);
  });

  test('unknown fields are faults, warnings where they are allowed', () => {
    const bootstrap = { node: { id: 'a', idd: 'b' } };
    assert.match(faults(bootstrap).join('\n'), /node\.idd: no such field .*did you mean "id"\?/);
    assert.match(
      load(bootstrap, { allowUnknownStaticFields: true }).warnings.join('\n'),
      /^Unknown field: .*node\.idd/,
    );
  });
});
