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

test('an upstream that is to wait for the client needs room for what that says', () => {
  const json = { stat_prefix: 't', cluster: 'c', upstream_connect_mode: 'ON_DOWNSTREAM_DATA' };
  assert.match(reader.read(type, json).problems.join(), /max_early_data_bytes must be set/);
  const { upstreamConnectMode, maxEarlyDataBytes } = settingsOf({ ...json, max_early_data_bytes: 0 });
  assert.deepEqual([upstreamConnectMode, maxEarlyDataBytes], ['ON_DOWNSTREAM_DATA', 0]);
});

test('what is not there yet is refused by name, what Envoy does not look at is taken', () => {
  const json: Json = {
    stat_prefix: 't',
    cluster: 'c',
    on_demand: { odcds_config: { ads: {} } },
    downstream_idle_timeout: '1s',
  };
  assert.deepEqual(
    reader
      .read(type, json)
      .problems.map((problem) => problem.split(':')[0])
      .sort(),
    ['on_demand.odcds_config'],
  );
});
