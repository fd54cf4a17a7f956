/** As double-proxy of envoyproxy/examples, without TLS: HTTP in front of an application that reaches its database by TCP. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { poll } from '../../harness/poll.ts';
import { RawClient } from '../../harness/raw-client.ts';
import { ScriptedUpstream } from '../../harness/scripted-upstream.ts';
import { dnsCluster, Example, httpListener, resources } from './example.ts';

const tcpListener = (
  port: string,
  cluster: string,
) => `  - address: {socket_address: {address: 127.0.0.1, port_value: {{${port}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: database
          cluster: ${cluster}
`;

const edge = resources(
  httpListener('edge', '- match: {prefix: /}\n  route: {cluster: app}\n'),
  dnsCluster('app', 'app'),
);
const frontend = resources(tcpListener('frontend', 'backend'), dnsCluster('backend', 'backend'));
const backend = resources(tcpListener('backend', 'database'), dnsCluster('database', 'database'));

/** Asks the database for its version, as the application would with its driver. */
async function askVersion(port: number): Promise<string> {
  using client = await RawClient.connect(port);
  await client.send(['version?']);
  const text = await poll(async () => (client.end === 'open' ? undefined : client.received), { timeoutMs: 5000 });
  return text ?? 'no answer';
}

test('an application behind HTTP reaches its database through two TCP proxies', async (t) => {
  await using example = new Example(303);
  // A database that speaks first, as many do, and last.
  await using database = new ScriptedUpstream('greet');
  await database.listen(await example.port('database'));
  database.reset([{ send: 'PostgreSQL 16', after: 'end' }]);
  const databasePort = await example.port('frontend');
  const app = createServer((_, response) => {
    askVersion(databasePort).then((version) => response.end(`Connected, version: ${version}\n`));
  });
  app.listen(await example.port('app'), '127.0.0.1');
  t.after(() => app.close());

  await example.proxy('backend', backend);
  await example.proxy('frontend', frontend);
  await example.proxy('edge', edge);
  assert.equal((await example.get('edge', '/')).body, 'Connected, version: PostgreSQL 16\n');
  const { body } = await example.get('frontend-admin', '/stats?filter=tcp.database');
  assert.match(body, /^tcp\.database\.downstream_cx_total: 1$/m);
  app.closeAllConnections();
});
