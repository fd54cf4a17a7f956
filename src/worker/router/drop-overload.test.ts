import assert from 'node:assert/strict';
import { test } from 'node:test';
import { routesOf } from '../../../test/harness/route-table.ts';
import { RouterWorld } from '../../../test/harness/router-world.ts';
import { drawDropOverload } from './drop-overload.ts';

const drawn = (number: number) => ({ random: () => number, uuid: () => '' });

test('a share of the requests is dropped', () => {
  assert.equal(drawDropOverload(0, drawn(0)), undefined);
  assert.equal(drawDropOverload(0.25, drawn(2 ** 51 - 1))?.flag, 'DO');
  assert.equal(drawDropOverload(0.25, drawn(2 ** 51)), undefined);
});

test('all of them are answered in other words', () => {
  const world = new RouterWorld(routesOf([{ match: { prefix: '/' }, route: { cluster: 'u' } }]));
  Object.assign(world.u.info, { dropOverload: 1 });
  const answer = world.http.request({ ':path': '/' });
  assert.equal(answer.body, 'unconditional drop overload');
  assert.equal(answer.headers?.get('x-envoy-unconditional-drop-overload'), 'true');
  assert.equal(world.outcome, '503 UDO unconditional_drop_overload');
  assert.equal(world.u.streams.length, 0);
});
