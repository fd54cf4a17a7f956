import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Host } from '../../../../../sdk/upstream.ts';
import { IpAddress } from '../../../../common/network/address.ts';
import { omitHostMetadata } from './index.ts';

const hostOf = (ip: string, more: Partial<Host> = {}): Host =>
  ({ address: new IpAddress(ip, 80), canary: false, metadata: new Map(), ...more }) as Host;

test('omit_host_metadata leaves out hosts that have all labels', () => {
  const predicate = omitHostMetadata.createPredicate([
    ['stage', 'old'],
    ['level', 2],
  ]);
  const labelled = (fields: Record<string, string | number>) =>
    hostOf('10.0.0.1', { metadata: new Map([['envoy.lb', fields]]) });
  assert.equal(predicate.shouldSelectAnotherHost(labelled({ stage: 'old', level: 2, more: 1 })), true);
  assert.equal(predicate.shouldSelectAnotherHost(labelled({ stage: 'old' })), false);
  assert.equal(predicate.shouldSelectAnotherHost(hostOf('10.0.0.1')), false);
});
