import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { loadDescriptors } from '../../../api/load-descriptors.ts';
import { hashBytes, messageHasher } from './message-hash.ts';
import { TypeRegistry } from './type-registry.ts';

const types = new TypeRegistry(loadDescriptors());

test('the order of map entries does not count, values do', () => {
  const desc = types.requireMessage('envoy.config.core.v3.Node');
  const hashOf = messageHasher(types);
  const hash = (metadata: Record<string, unknown>): string => hashOf(create(desc, { metadata }));
  assert.equal(hash({ a: 1, b: { c: 2, d: 3 } }), hash({ b: { d: 3, c: 2 }, a: 1 }));
  assert.notEqual(hash({ a: 1 }), hash({ a: 2 }));
  assert.match(hash({}), /^[\da-f]{16}$/);
});

test('near inputs differ', () => {
  const seen = new Set<string>();
  for (let i = 0; i < 65_536; i++) seen.add(hashBytes(Uint8Array.of(i & 255, i >> 8)));
  assert.equal(seen.size, 65_536);
});
