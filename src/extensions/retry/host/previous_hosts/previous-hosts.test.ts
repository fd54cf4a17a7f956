import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Host } from '../../../../../sdk/upstream.ts';
import { IpAddress } from '../../../../common/network/address.ts';
import { previousHosts } from './index.ts';

const hostOf = (ip: string, more: Partial<Host> = {}): Host =>
  ({ address: new IpAddress(ip, 80), canary: false, metadata: new Map(), ...more }) as Host;

test('previous_hosts goes elsewhere than before', () => {
  const predicate = previousHosts.createPredicate(undefined);
  const first = hostOf('10.0.0.1');
  assert.equal(predicate.shouldSelectAnotherHost(first), false);
  predicate.onHostAttempted(first);
  assert.equal(predicate.shouldSelectAnotherHost(hostOf('10.0.0.1')), true);
  assert.equal(predicate.shouldSelectAnotherHost(hostOf('10.0.0.2')), false);
});
