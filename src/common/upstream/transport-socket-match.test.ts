import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Struct } from '../../../sdk/stream-info.ts';
import { findTransportSocketMatch } from './transport-socket-match.ts';

const match = (name: string, labels: Struct) => ({ name, match: labels });
const namespace = 'envoy.transport_socket_match';

const metadata = (labels: Struct | undefined) => new Map(labels === undefined ? [] : [[namespace, labels]]);

function found(labels: Struct | undefined, ...matches: { name: string; match: Struct }[]): string | undefined {
  return findTransportSocketMatch(matches, metadata(labels), metadata(undefined))?.name;
}

test("labels of the locality count where the host's match nothing", () => {
  const matches = [match('first', { x: 'locality' }), match('second', { x: 'host' })];
  const find = (host: Struct | undefined, locality: Struct) =>
    findTransportSocketMatch(matches, metadata(host), metadata(locality))?.name;
  assert.equal(find({ x: 'host' }, { x: 'locality' }), 'second');
  assert.equal(find({ x: 'none' }, { x: 'locality' }), 'first');
  assert.equal(find(undefined, { x: 'locality' }), 'first');
});

test('the first match whose labels a host has all', () => {
  const matches = [match('both', { tls: 'yes', zone: 'a' }), match('tls', { tls: 'yes' })];
  assert.equal(found({ tls: 'yes', zone: 'a', more: 1 }, ...matches), 'both');
  assert.equal(found({ tls: 'yes', zone: 'b' }, ...matches), 'tls');
  assert.equal(found({ tls: 'no', zone: 'a' }, ...matches), undefined);
  assert.equal(found(undefined, ...matches), undefined);
});

test('a match without labels takes every host', () => {
  assert.equal(found(undefined, match('all', {})), 'all');
});

test('values are compared deeply, by type, whatever the order of their keys', () => {
  const labels = { list: [1, 'a'], object: { x: true, y: null } };
  assert.equal(found({ object: { y: null, x: true }, list: [1, 'a'] }, match('same', labels)), 'same');
  assert.equal(found({ object: { y: null, x: true }, list: ['a', 1] }, match('same', labels)), undefined);
  assert.equal(found({ n: '1' }, match('number', { n: 1 })), undefined);
});
