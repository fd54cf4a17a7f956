import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionInfo } from '../../../sdk/network.ts';
import { StreamRecord } from './stream-record.ts';

const times = { systemTimeMs: () => 1_000.5, monotonicTimeMs: () => 7.25 };
const connection = {} as ConnectionInfo;

test('response flags come once, in the order in which they were set', () => {
  const info = new StreamRecord(times, connection);
  assert.equal(info.hasAnyResponseFlag(), false);
  for (const flag of ['UDO', 'UF', 'LH', 'UF'] as const) info.setResponseFlag(flag);
  assert.deepEqual(info.responseFlags, ['UDO', 'UF', 'LH']);
  assert.equal(info.hasResponseFlag('UF'), true);
  assert.equal(info.hasResponseFlag('DC'), false);
});

test('filter state of a request hides and outlives nothing of its connection', () => {
  const parent = new StreamRecord(times, connection);
  const first = new StreamRecord(times, connection, parent);
  const second = new StreamRecord(times, connection, parent);
  const [ofRequest, ofConnection] = [{}, {}];
  first.filterState.set('a', ofRequest, false);
  first.filterState.set('b', ofConnection, true, 'Connection');
  assert.equal(first.filterState.get('a'), ofRequest);
  assert.equal(second.filterState.get('a'), undefined);
  assert.equal(second.filterState.get('b'), ofConnection);
  second.filterState.set('b', {});
  assert.equal(second.filterState.get('b'), ofConnection);
  first.filterState.set('a', {}, true, 'Connection');
  assert.equal(second.filterState.get('a'), undefined);
  const other = {};
  second.filterState.set('b', other, true, 'Connection');
  assert.equal(first.filterState.get('b'), other);
});

test('dynamic metadata merges by field, as protobuf merges a Struct', () => {
  const info = new StreamRecord(times, connection);
  info.setDynamicMetadata('ns', { kept: 1, nested: { a: 1, b: 1 }, list: [1] });
  info.setDynamicMetadata('ns', { nested: { b: 2 }, list: [2], added: 'x' });
  assert.deepEqual(info.dynamicMetadata('ns'), { kept: 1, nested: { a: 1, b: 2 }, list: [1, 2], added: 'x' });
  assert.deepEqual([...info.dynamicMetadataEntries()].length, 1);
});

test('the start is read from the time source once', () => {
  const info = new StreamRecord(times, connection);
  assert.deepEqual([info.startTimeMs, info.startTimeMonotonicMs], [1_000.5, 7.25]);
});
