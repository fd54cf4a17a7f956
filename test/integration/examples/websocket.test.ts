/** As websocket of envoyproxy/examples, without TLS: upgrades allowed for a whole listener, for one route, and not at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { poll } from '../../harness/poll.ts';
import { RawClient } from '../../harness/raw-client.ts';
import { ScriptedUpstream } from '../../harness/scripted-upstream.ts';
import { dnsCluster, Example, httpListener, resources } from './example.ts';

const config = resources(
  httpListener(
    'everywhere',
    '- match: {prefix: /}\n  route: {cluster: chat}\n',
    'upgrade_configs:\n- upgrade_type: websocket',
  ) +
    httpListener(
      'route',
      `- match: {prefix: /ws}
  route:
    cluster: chat
    upgrade_configs:
    - upgrade_type: websocket
- match: {prefix: /}
  direct_response: {status: 200, body: {inline_string: "no WebSocket here\\n"}}
`,
    ),
  dnsCluster('chat', 'chat'),
);

const handshake = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n\r\n';

async function ask(port: number, path: string): Promise<RawClient> {
  const client = await RawClient.connect(port);
  const lines = [`GET ${path} HTTP/1.1`, 'host: chat.test', 'Connection: Upgrade', 'Upgrade: websocket'];
  await client.send([`${lines.join('\r\n')}\r\n\r\n`]);
  return client;
}

async function says(client: RawClient, text: string): Promise<void> {
  const found = await poll(async () => client.received.includes(text) || undefined, { timeoutMs: 5000 });
  assert.ok(found, `${JSON.stringify(text)} is not in ${JSON.stringify(client.received)}`);
}

test('WebSocket connections are passed through where they are allowed', async () => {
  await using example = new Example(202);
  await using chat = new ScriptedUpstream('http');
  await chat.listen(await example.port('chat'));
  await example.proxy('proxy', config);

  for (const [listener, path] of [
    ['everywhere', '/chat'],
    ['route', '/ws'],
  ] as const) {
    chat.reset([{ send: handshake }]);
    using client = await ask(await example.port(listener), path);
    await says(client, 'HTTP/1.1 101 Switching Protocols\r\n');
    await client.send(['[ws] HELO']);
    await poll(async () => JSON.stringify(chat.seen()).includes('[ws] HELO') || undefined, { timeoutMs: 5000 });
    chat.push({ send: '[ws] HELO to you', after: 'end' });
    await says(client, '\r\n\r\n[ws] HELO to you');
    assert.equal(await poll(async () => (client.end === 'open' ? undefined : client.end), { timeoutMs: 5000 }), 'fin');
  }

  using refused = await ask(await example.port('route'), '/elsewhere');
  await says(refused, 'HTTP/1.1 403 Forbidden\r\n');
  assert.equal((await example.get('route', '/elsewhere')).body, 'no WebSocket here\n');
});
