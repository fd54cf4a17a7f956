import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loggedStream } from '../../../test/harness/logged-stream.ts';
import { TcpRoutes } from './tcp-routes.ts';

const route = (clusterName: string) => ({ clusterName, metadataMatch: undefined });
const weighted = new TcpRoutes(
  [
    { route: route('a'), weight: 1 },
    { route: route('b'), weight: 3 },
  ],
  true,
);
const single = new TcpRoutes([{ route: route('a'), weight: 1 }], false);
const draw = (value: number) => ({ random: () => value, uuid: () => '' });

test('clusters are drawn by weight', () => {
  const { info } = loggedStream();
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((value) => weighted.pick(info, draw(value))?.clusterName),
    ['a', 'b', 'b', 'b', 'a'],
  );
});

test("another filter's choice stands over a cluster, not over weights", () => {
  const { info } = loggedStream();
  assert.equal(single.pick(info, draw(0))?.clusterName, 'a');
  info.filterState.set('envoy.tcp_proxy.cluster', { serializeAsString: () => 'x' });
  assert.equal(single.pick(info, draw(0))?.clusterName, 'x');
  assert.equal(weighted.pick(info, draw(0))?.clusterName, 'a');
});

test('an object of another kind under the name is no choice', () => {
  const { info } = loggedStream();
  info.filterState.set('envoy.tcp_proxy.cluster', { kind: 'envoy.string', serializeAsString: () => 'x' });
  assert.equal(single.pick(info, draw(0))?.clusterName, 'a');
});
