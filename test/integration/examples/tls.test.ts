/** As tls, tls-inspector, tls-sni and double-proxy of envoyproxy/examples: TLS ended, begun, passed on and looked into. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { poll } from '../../harness/poll.ts';
import { RawClient } from '../../harness/raw-client.ts';
import { ScriptedUpstream } from '../../harness/scripted-upstream.ts';
import type { TlsPeer } from '../../harness/tls-peers.ts';
import { dnsCluster, Example, httpListener, resources } from './example.ts';

const types = 'type.googleapis.com/envoy.extensions';
const pem = (name: string) => join(import.meta.dirname, '..', '..', 'harness', 'pem', `${name}.pem`);
const certificate = (name: string) =>
  `{certificate_chain: {filename: ${pem(name)}}, private_key: {filename: ${pem(`${name}-key`)}}}`;
const indent = (text: string, by: number) => text.trimEnd().replace(/^(?=.)/gm, ' '.repeat(by));

function transport(direction: 'Downstream' | 'Upstream', fields: string): string {
  return `transport_socket:
  name: envoy.transport_sockets.tls
  typed_config: {"@type": ${types}.transport_sockets.tls.v3.${direction}TlsContext, ${fields}}
`;
}
const serves = (name: string, more = '') =>
  transport('Downstream', `common_tls_context: {tls_certificates: [${certificate(name)}]${more}}`);
const asks = (fields = '') => transport('Upstream', fields);

/** The last of a listener's chains gets a transport socket. */
const over = (listener: string, socket: string) => `${listener}${indent(socket, 6)}\n`;
const clusterOver = (name: string, port: string, socket: string) => `${dnsCluster(name, port)}${indent(socket, 4)}\n`;
const tcp = (cluster: string) =>
  `{name: tcp, typed_config: {"@type": ${types}.filters.network.tcp_proxy.v3.TcpProxy, stat_prefix: tcp, cluster: ${cluster}}}`;
const inspecting = (
  port: string,
  chains: string,
) => `  - address: {socket_address: {address: 127.0.0.1, port_value: {{${port}}}}}
    listener_filters:
    - name: envoy.filters.listener.tls_inspector
      typed_config: {"@type": ${types}.filters.listener.tls_inspector.v3.TlsInspector}
    filter_chains:
${indent(chains, 4)}
`;
const all = (cluster: string) => `- match: {prefix: /}\n  route: {cluster: ${cluster}}\n`;

async function upstream(example: Example, name: string, tls?: TlsPeer): Promise<ScriptedUpstream> {
  const server = new ScriptedUpstream('http', tls);
  await server.listen(await example.port(name));
  const body = `from ${name}`;
  server.reset(Array(9).fill({ send: `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}` }));
  return server;
}

/** Body of the answer, over TLS or in the clear. */
async function ask(example: Example, name: string, tls?: TlsPeer): Promise<string> {
  const port = await example.port(name);
  using client = await (tls === undefined ? RawClient.connect(port) : RawClient.connectTls(port, tls));
  await client.send(['GET / HTTP/1.1\r\nhost: example\r\nconnection: close\r\n\r\n']);
  const received = await poll(
    async () => (client.received.includes('from ') || client.end !== 'open' ? client.received : undefined),
    { timeoutMs: 8000 },
  );
  return /from [\w-]+$/.exec(received ?? '')?.[0] ?? `${received}${client.end}`;
}

function forwardedProto(server: ScriptedUpstream): string | undefined {
  const [seen] = server.seen();
  const head = seen !== undefined && 'head' in seen ? seen.head : [];
  return head.find((line) => line.startsWith('x-forwarded-proto'));
}

test('tls: https to http, https to https, http to https, and passed through', async () => {
  await using example = new Example(304);
  await using plain = await upstream(example, 'http');
  await using secure = await upstream(example, 'https', {});
  const config = resources(
    [
      over(httpListener('https-http', all('http')), serves('server')),
      over(httpListener('https-https', all('https')), serves('server')),
      httpListener('http-https', all('https')),
      `  - address: {socket_address: {address: 127.0.0.1, port_value: {{passthrough}}}}\n    filter_chains: [{filters: [${tcp('raw')}]}]\n`,
    ].join(''),
    dnsCluster('http', 'http') + clusterOver('https', 'https', asks()) + dnsCluster('raw', 'https'),
  );
  await example.proxy('edge', config);
  const cases = [
    ['https-http', {}, plain, 'x-forwarded-proto: https'],
    ['https-https', {}, secure, 'x-forwarded-proto: https'],
    ['http-https', undefined, secure, 'x-forwarded-proto: http'],
    ['passthrough', {}, secure, undefined],
  ] as const;
  for (const [listener, tls, server, proto] of cases) {
    const name = server === plain ? 'http' : 'https';
    server.reset([{ send: `HTTP/1.1 200 OK\r\ncontent-length: ${5 + name.length}\r\n\r\nfrom ${name}` }]);
    assert.equal(await ask(example, listener, tls), `from ${name}`, listener);
    assert.equal(forwardedProto(server), proto, listener);
  }
});

test('tls-inspector: chains by transport and application protocol, and what was found is counted', async () => {
  await using example = new Example(305);
  await using _http = await upstream(example, 'service-http');
  await using _one = await upstream(example, 'service-https0', {});
  await using _two = await upstream(example, 'service-https1', { alpn: ['h2'] });
  const chains = `- filter_chain_match: {transport_protocol: tls, application_protocols: [h2]}
  filters: [${tcp('service-https1')}]
- filter_chain_match: {transport_protocol: tls, application_protocols: [http/1.1]}
  filters: [${tcp('service-https0')}]
- filter_chain_match:
  filters: [${tcp('service-http')}]
`;
  const names = ['service-http', 'service-https0', 'service-https1'];
  await example.proxy(
    'edge',
    resources(inspecting('in', chains), names.map((name) => dnsCluster(name, name)).join('')),
  );
  assert.equal(await ask(example, 'in', { sni: 'a.test', alpn: ['h2'] }), 'from service-https1');
  assert.equal(await ask(example, 'in', { sni: 'a.test', alpn: ['http/1.1'] }), 'from service-https0');
  assert.equal(await ask(example, 'in'), 'from service-http');
  const { body } = await example.get('edge-admin', '/stats?filter=tls_inspector');
  for (const line of ['alpn_found: 2', 'sni_found: 2', 'tls_found: 2', 'tls_not_found: 1'])
    assert.match(body, new RegExp(`^tls_inspector\\.${line}$`, 'm'));
});

test('tls-sni: two names end here, the third is passed on; and from a proxy that asks by name', async () => {
  await using example = new Example(306);
  await using _one = await upstream(example, 'http0');
  await using _two = await upstream(example, 'http1');
  await using third = await upstream(example, 'https', {});
  const chain = (name: string, cluster: string) =>
    `- filter_chain_match: {server_names: [${name}]}\n${httpListener('x', all(cluster)).split('filter_chains:\n')[1]?.replace('    - filters:', '  filters:').replace(/^ {4}/gm, '')}${indent(serves('server'), 2)}\n`;
  const chains = `${chain('domain1.test', 'http0')}${chain('domain2.test', 'http1')}- filter_chain_match: {server_names: [domain3.test]}
  filters: [${tcp('https')}]
`;
  const clusters = ['http0', 'http1', 'https'].map((name) => dnsCluster(name, name)).join('');
  await example.proxy('edge', resources(inspecting('sni', chains), clusters));
  const domains = ['domain1', 'domain2', 'domain3'];
  const client = resources(
    domains.map((name) => httpListener(`to-${name}`, all(name))).join(''),
    domains.map((name) => clusterOver(name, 'sni', asks(`sni: ${name}.test`))).join(''),
  );
  await example.proxy('client', client);
  for (const [domain, answer] of [
    ['domain1', 'from http0'],
    ['domain2', 'from http1'],
    ['domain3', 'from https'],
  ] as const) {
    assert.equal(await ask(example, 'sni', { sni: `${domain}.test` }), answer);
    assert.equal(await ask(example, `to-${domain}`), answer);
  }
  assert.equal(
    third.handshakes.every(({ sni }) => sni === 'domain3.test'),
    true,
  );
});

test('double-proxy: only a proxy with the right certificate is let through', async () => {
  await using example = new Example(307);
  await using _database = await upstream(example, 'database');
  const trust = `validation_context: {trusted_ca: {filename: ${pem('ca')}}, match_typed_subject_alt_names: [{san_type: DNS, matcher: {exact: client.test}}]}`;
  const requires = transport(
    'Downstream',
    `require_client_certificate: true, common_tls_context: {tls_certificates: [${certificate('server')}], ${trust}}`,
  );
  const chain = `- filters: [${tcp('database')}]\n${indent(requires, 2)}\n`;
  await example.proxy('backend', resources(inspecting('backend', chain), dnsCluster('database', 'database')));
  const presents = (name: string) => asks(`common_tls_context: {tls_certificates: [${certificate(name)}]}`);
  const listenerTo = (name: string) =>
    `  - address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}\n    filter_chains: [{filters: [${tcp(name)}]}]\n`;
  const names = ['client', 'client-plain', 'client-other'];
  const frontend = resources(
    names.map(listenerTo).join(''),
    names.map((name) => clusterOver(name, 'backend', presents(name))).join(''),
  );
  await example.proxy('frontend', frontend);
  assert.equal(await ask(example, 'client'), 'from database');
  assert.match(await ask(example, 'client-plain'), /^(fin|reset)$/);
  assert.match(await ask(example, 'client-other'), /^(fin|reset)$/);
});
