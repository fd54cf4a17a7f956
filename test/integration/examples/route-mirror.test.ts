/** As route-mirror of envoyproxy/examples: requests go to a second cluster too, named by the route or by a header. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { poll } from '../../harness/poll.ts';
import { dnsCluster, Example, httpListener, resources } from './example.ts';

const config = resources(
  httpListener(
    'web',
    `- match: {prefix: /service/1}
  route:
    cluster: one
    request_mirror_policies:
    - cluster: one-mirror
- match: {prefix: /service/2}
  route:
    cluster: two
    request_mirror_policies:
    - cluster_header: x-mirror-cluster
`,
  ),
  ['one', 'one-mirror', 'two', 'two-mirror'].map((name) => dnsCluster(name, name)).join(''),
);

test('mirrored requests go to both services, the client hears one', async () => {
  await using example = new Example(404);
  await example.service('one', 'Hello from one');
  const mirrorOfOne = await example.service('one-mirror', 'never heard');
  const two = await example.service('two', 'Hello from two');
  const mirrorOfTwo = await example.service('two-mirror', 'never heard');
  await example.proxy('proxy', config);

  assert.equal((await example.get('web', '/service/1')).body, 'Hello from one');
  await poll(async () => mirrorOfOne.seen[0], { timeoutMs: 5000 });
  assert.equal(mirrorOfOne.seen[0]?.host, `127.0.0.1-shadow:${await example.port('web')}`);

  const to = (cluster: string) => example.get('web', '/service/2', { 'x-mirror-cluster': cluster });
  assert.equal((await to('two-mirror')).body, 'Hello from two');
  await poll(async () => mirrorOfTwo.seen[0], { timeoutMs: 5000 });
  assert.equal((await to('no-such-cluster')).status, 200);
  assert.equal((await example.get('web', '/service/2')).status, 200);
  assert.deepEqual([two.seen.length, mirrorOfTwo.seen.length, mirrorOfOne.seen.length], [3, 1, 1]);
});
