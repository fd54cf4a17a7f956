/** As front-proxy of envoyproxy/examples, its plaintext parts: one proxy in front of two services with a proxy each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dnsCluster, Example, httpListener, resources } from './example.ts';

const front = `${resources(
  httpListener(
    'front',
    `- match: {prefix: /service/1}
  route: {cluster: service1}
- match: {prefix: /service/2}
  route: {cluster: service2}
`,
  ),
  dnsCluster('service1', 'sidecar-1') + dnsCluster('service2', 'sidecar-2'),
)}layered_runtime:
  layers:
  - name: static_layer_0
    static_layer:
      envoy: {resource_limits: {listener: {no_such_listener: {connection_limit: 10000}}}}
`;

const sidecar = (number: number) =>
  resources(
    httpListener(`sidecar-${number}`, `- match: {prefix: /service/${number}}\n  route: {cluster: local_service}\n`),
    dnsCluster('local_service', `service-${number}`),
  );

test('a front proxy routes by path to services behind proxies of their own', async () => {
  await using example = new Example(101);
  const services = [
    await example.service('service-1', 'Hello from service 1'),
    await example.service('service-2', '2'),
  ];
  await example.proxy('one', sidecar(1));
  await example.proxy('two', sidecar(2));
  await example.proxy('front', front);

  assert.equal((await example.get('front', '/service/1')).body, 'Hello from service 1');
  assert.equal((await example.get('front', '/service/2/x?y')).body, '2');
  assert.deepEqual(services[1]?.seen.at(-1)?.path, '/service/2/x?y');
  assert.equal((await example.get('front', '/service/3')).status, 404);
  assert.equal((await example.get('sidecar-1', '/service/2')).status, 404);
  const headers = services[0]?.seen[0]?.headers;
  assert.equal(headers?.['x-forwarded-proto'], 'http');
  assert.match(String(headers?.['x-request-id']), /^[0-9a-f-]{36}$/);

  const info = JSON.parse((await example.get('front-admin', '/server_info')).body) as { state: string };
  assert.equal(info.state, 'LIVE');
  const { body } = await example.get('front-admin', '/stats');
  for (const line of ['server.state: 0', 'listener_manager.workers_started: 1', 'http.front.no_route: 1']) {
    assert.ok(body.includes(`${line}\n`), line);
  }
});
