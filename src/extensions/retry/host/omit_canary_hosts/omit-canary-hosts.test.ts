import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Host } from '../../../../../sdk/upstream.ts';
import { IpAddress } from '../../../../common/network/address.ts';
import { omitCanaryHosts } from './index.ts';

const hostOf = (ip: string, more: Partial<Host> = {}): Host =>
  ({ address: new IpAddress(ip, 80), canary: false, metadata: new Map(), ...more }) as Host;

test('omit_canary_hosts leaves canaries out', () => {
  const predicate = omitCanaryHosts.createPredicate(undefined);
  assert.equal(predicate.shouldSelectAnotherHost(hostOf('10.0.0.1', { canary: true })), true);
  assert.equal(predicate.shouldSelectAnotherHost(hostOf('10.0.0.1')), false);
});
