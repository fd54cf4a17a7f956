import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearestName } from './nearest-name.ts';

test('a slip finds its name', () => {
  assert.equal(nearestName('conect_timeout', ['name', 'connect_timeout', 'type']), 'connect_timeout');
  assert.equal(nearestName('connectTimeout', ['name', 'connect_timeout']), 'connect_timeout');
});

test('a part of names finds the first of them', () => {
  assert.equal(nearestName('port', ['port_value', 'address', 'ipv4_compat']), 'port_value');
  assert.equal(nearestName('config', ['name', 'typed_config', 'config_discovery']), 'typed_config');
});

test('what is too far finds nothing', () => {
  assert.equal(nearestName('foo', ['name', 'connect_timeout', 'type']), undefined);
  assert.equal(nearestName('x', []), undefined);
});
