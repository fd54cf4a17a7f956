import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../../test/harness/extension-config.ts';
import { cpuUtilization } from './index.ts';

test('a twentieth of the newest period’s share of work, and the rest of what was before', () => {
  let stat = 'cpu  100 0 0 100 7 7\ncpu0 1 2 3 4\n';
  const resources = {
    readFile: () => new TextEncoder().encode(stat),
    environmentVariable: () => undefined,
  };
  const monitor = cpuUtilization.createMonitor(undefined, {
    runtime: undefined as never,
    processMemoryBytes: () => 0,
    resources,
  });
  const read = (text: string) => {
    stat = text;
    return monitor.pressure();
  };
  assert.equal(read('cpu  110 5 5 120 99'), 0.025);
  assert.equal(read('cpu  110 5 5 120 99'), undefined, 'no time has passed');
  assert.equal(read('cpu  110 5 5 220 99'), 0.025 * 0.95);
  assert.equal(read('junk'), undefined);
});

test('the mode CONTAINER is refused by name', () => {
  const type = 'envoy.extensions.resource_monitors.cpu_utilization.v3.CpuUtilizationConfig';
  const { problems } = configReader([cpuUtilization]).read(type, { mode: 'CONTAINER' });
  assert.match(problems.join(), /mode CONTAINER is not supported yet/);
});
