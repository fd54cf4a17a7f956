import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import { transportSocketOptions } from './transport-socket-options.ts';

const withHeaders = (values: Readonly<Record<string, readonly string[]>>) =>
  ({ getAll: (name: string) => values[name] ?? [] }) as unknown as RequestHeaderMap;
const both = { autoSni: true, autoSanValidation: true, overrideAutoSniHeader: '' };
const none = withHeaders({});

test('the name is asked for and checked without its port', () => {
  const expected = { serverNameOverride: 'a.test', verifySubjectAltNames: ['a.test'] };
  assert.deepEqual(transportSocketOptions(both, 'a.test:8443', none), expected);
});

test('an address is not asked for, but checked', () => {
  assert.deepEqual(transportSocketOptions(both, '[::1]:80', none), { verifySubjectAltNames: ['::1'] });
  assert.equal(transportSocketOptions({ ...both, autoSanValidation: false }, '1.2.3.4', none), undefined);
});

test('the first value of a header may stand for the host, unless it is empty', () => {
  const from = { autoSni: true, autoSanValidation: false, overrideAutoSniHeader: 'x-sni' };
  const name = (values: readonly string[]) =>
    transportSocketOptions(from, 'a.test', withHeaders({ 'x-sni': values }))?.serverNameOverride;
  assert.equal(name(['b.test:1', 'c.test']), 'b.test');
  assert.equal(name(['', 'c.test']), 'a.test');
  assert.equal(name([]), 'a.test');
});
