import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import type { RouterOptions } from './config.ts';
import { router } from './index.ts';

const ROUTER = 'envoy.extensions.filters.http.router.v3.Router';
const { read } = configReader([router]);

test('an empty configuration has Envoy’s defaults', () => {
  const { config, problems } = read(ROUTER, {});
  assert.deepEqual(problems, []);
  assert.deepEqual(config, {
    dynamicStats: true,
    suppressEnvoyHeaders: false,
    respectExpectedRqTimeout: false,
    suppressGrpcRequestFailureCodeStats: false,
    rejectConnectRequestEarlyData: false,
    strictCheckHeaders: undefined,
    upstreamLogs: [],
    upstreamFilters: undefined,
    flushOnUpstreamStream: false,
    upstreamLogFlushIntervalMs: 0,
  });
});

test('options are taken over', () => {
  const { config } = read(ROUTER, {
    dynamic_stats: false,
    suppress_envoy_headers: true,
    strict_check_headers: ['X-Envoy-Retry-On'],
    upstream_log_options: { flush_upstream_log_on_upstream_stream: true, upstream_log_flush_interval: '2s' },
  });
  const options = config as RouterOptions;
  assert.equal(options.dynamicStats, false);
  assert.equal(options.suppressEnvoyHeaders, true);
  assert.deepEqual(options.strictCheckHeaders, ['x-envoy-retry-on']);
  assert.equal(options.flushOnUpstreamStream, true);
  assert.equal(options.upstreamLogFlushIntervalMs, 2000);
});
