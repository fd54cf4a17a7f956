import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clusterProblems } from '../../../../test/harness/cluster-problems.ts';
import { ClusterReader } from '../../../../test/harness/upstream-world.ts';
import type { TcpHealthCheckConfig } from './session.ts';

const reader = new ClusterReader();
const times = { timeout: '1s', interval: '1s', unhealthyThreshold: 1, healthyThreshold: 1 };
const problems = (...checks: readonly object[]): string[] =>
  clusterProblems(reader, { healthChecks: checks.map((check) => ({ ...times, ...check })) });

test('bytes are hexadecimal or as they are', () => {
  assert.deepEqual(problems({ tcpHealthCheck: { send: { text: 'zz' } } }), ["invalid hex string 'zz'"]);
  assert.deepEqual(problems({ tcpHealthCheck: { send: { binary: 'aGk=' }, receive: [{ text: '0aFF' }] } }), []);
});

test('a PROXY header may go before what is sent, of version 1 unless told', () => {
  const parsed = (proxyProtocolConfig: object | undefined) => {
    const healthChecks = [
      { ...times, tcpHealthCheck: proxyProtocolConfig === undefined ? {} : { proxyProtocolConfig } },
    ];
    const { healthCheck } = reader.config(reader.message({ name: 'c', healthChecks }));
    const config = healthCheck?.checker.config as TcpHealthCheckConfig | undefined;
    return config?.proxyHeader;
  };
  assert.deepEqual([parsed(undefined), parsed({}), parsed({ version: 'V2' })], [undefined, 'V1', 'V2']);
});

test('one check a cluster; several want names', () => {
  assert.deepEqual(problems({ tcpHealthCheck: {}, name: 'a' }, { tcpHealthCheck: {}, name: 'b' }), [
    'is not supported yet',
  ]);
  assert.match(problems({ tcpHealthCheck: {} }, { tcpHealthCheck: {} })[0] ?? '', /index 0 is missing a name/);
});

test('a kind of check that there is not is refused by name', () => {
  assert.deepEqual(problems({ grpcHealthCheck: {} }), ['is not supported yet']);
});
