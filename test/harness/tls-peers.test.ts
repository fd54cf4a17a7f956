import assert from 'node:assert/strict';
import { test } from 'node:test';
import { poll } from './poll.ts';
import { PortSource } from './ports.ts';
import { RawClient } from './raw-client.ts';
import { ScriptedUpstream } from './scripted-upstream.ts';
import type { TlsPeer } from './tls-peers.ts';

async function meet(server: TlsPeer, peer: TlsPeer) {
  await using upstream = new ScriptedUpstream('http', server);
  const port = await new PortSource(process.pid).take();
  await upstream.listen(port);
  using client = await RawClient.connectTls(port, peer);
  await client.send(['GET / HTTP/1.1\r\nhost: a\r\n\r\n']);
  await poll(async () => (client.received.endsWith('ok') || client.end !== 'open' ? true : undefined), {
    timeoutMs: 3000,
  });
  const { received, handshake, alert } = client;
  return { received, handshake, alert, seen: upstream.handshakes };
}

test('client and upstream meet over TLS, and tell what they agreed on', async () => {
  const { received, handshake, seen } = await meet(
    { alpn: ['http/1.1'], asksForCertificate: true },
    { sni: 'a.test', alpn: ['h2', 'http/1.1'], certificate: 'client-plain', maxVersion: 'TLSv1.2' },
  );
  assert.match(received, /^HTTP\/1.1 200 OK/);
  assert.deepEqual([handshake?.version, handshake?.alpn, handshake?.peer], ['TLSv1.2', 'http/1.1', 'server']);
  assert.deepEqual([seen[0]?.sni, seen[0]?.peer], ['a.test', 'plain client']);
});

test('the alert by which the peer ended is told', async () => {
  const { alert, received } = await meet({ minVersion: 'TLSv1.3' }, { maxVersion: 'TLSv1.2' });
  assert.deepEqual([received, alert], ['', 'tlsv1 alert protocol version']);
});
