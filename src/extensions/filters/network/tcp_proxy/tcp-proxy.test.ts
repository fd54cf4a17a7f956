import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import type { TcpProxyConfig } from './config.ts';
import { tcpProxy } from './index.ts';

const type = 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy';
const reader = configReader([tcpProxy]);
type Json = Parameters<typeof reader.read>[1];

function settingsOf(json: Json): TcpProxyConfig['settings'] {
  const { config, problems } = reader.read(type, json);
  assert.deepEqual(problems, []);
  return (config as TcpProxyConfig).settings;
}

test('defaults: an hour of idleness, one attempt', () => {
  const settings = settingsOf({ stat_prefix: 't', cluster: 'c' });
  assert.equal(settings.idleTimeoutMs, 3_600_000);
  assert.equal(settings.maxConnectAttempts, 1);
  assert.equal(settings.maxDownstreamConnectionDurationMs, undefined);
});

test('an idle timeout of 0 switches it off', () => {
  assert.equal(settingsOf({ stat_prefix: 't', cluster: 'c', idle_timeout: '0s' }).idleTimeoutMs, undefined);
});

test('log options: their own message, or the deprecated fields', () => {
  const old = settingsOf({ stat_prefix: 't', cluster: 'c', flush_access_log_on_connected: true });
  assert.equal(old.flushAccessLogOnConnected, true);
  const options = { flush_access_log_on_start: true, access_log_flush_interval: '1s' };
  const settings = settingsOf({ stat_prefix: 't', cluster: 'c', access_log_options: options });
  assert.deepEqual([settings.flushAccessLogOnStart, settings.accessLogFlushIntervalMs], [true, 1000]);
});

test('what is not there yet is refused by name', () => {
  const json: Json = {
    stat_prefix: 't',
    cluster: 'c',
    tunneling_config: { hostname: 'h', request_id_header: 'x' },
    on_demand: {},
    upstream_connect_mode: 'ON_DOWNSTREAM_DATA',
    max_early_data_bytes: 5,
  };
  assert.deepEqual(
    reader
      .read(type, json)
      .problems.map((problem) => problem.split(':')[0])
      .sort(),
    ['max_early_data_bytes', 'on_demand', 'tunneling_config.request_id_header', 'upstream_connect_mode'],
  );
});
