/** Clients that begin TLS and never get through with it, in crowds: all are sent away, counted, and nothing native stays. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { SimulatedProxyWorld } from '../../src/exe/simulation/simulated-proxy.ts';
import { Simulation } from '../../src/exe/simulation/simulation.ts';
import { type NativeKind, releasedBy } from '../../src/native/object-ledger.ts';
import { OpenSsl } from '../../src/native/openssl/openssl.ts';
import { certificateBytes } from '../harness/certificates.ts';
import { clientHello, extension, serverName } from '../harness/client-hello.ts';
import { recordedHellos } from '../harness/recorded-hellos.ts';
import { Dice } from './dice.ts';

const simulation = new Simulation();
const pemOf = (file: string) => JSON.stringify(certificateBytes(file).toString());
const listener = (name: string, port: number, filters: string) => `
    - name: ${name}
      stat_prefix: ${name}
      address: { socket_address: { address: 127.0.0.1, port_value: ${port} } }
      listener_filters: [${filters}]
      listener_filters_timeout: 2s
      filter_chains:
        - transport_socket_connect_timeout: 3s
          filters:
            - name: echo
              typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.network.echo.v3.Echo }
          transport_socket:
            name: tls
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
              common_tls_context:
                tls_certificates:
                  - certificate_chain: { inline_string: ${pemOf('server.pem')} }
                    private_key: { inline_string: ${pemOf('server-key.pem')} }
                validation_context: { trusted_ca: { inline_string: ${pemOf('ca.pem')} } }`;
const inspector = `{ name: t, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector } }`;
const config = `
admin: { address: { socket_address: { address: 127.0.0.1, port_value: 9901 } } }
static_resources:
  listeners:${listener('plain', 1000, '')}${listener('inspected', 1001, inspector)}
`;

/** The two BIOs of each thread go with that, which here is the process's. */
const kinds = (Object.keys(releasedBy) as NativeKind[]).filter((kind) => kind !== 'bio');

/** Counts the native objects of every OpenSsl that is made from now on: how many are alive, and how many connections were at most. */
function watchNative(t: TestContext) {
  const seen = new Set<OpenSsl>();
  let mostConnections = 0;
  const count = (kind: NativeKind): number => [...seen].reduce((sum, openSsl) => sum + openSsl.liveCount(kind), 0);
  const { own } = OpenSsl.prototype;
  t.mock.method(OpenSsl.prototype, 'own', function (this: OpenSsl, kind: NativeKind, pointer: bigint) {
    const place = own.call(this, kind, pointer);
    seen.add(this);
    if (kind === 'connection') mostConnections = Math.max(mostConnections, count(kind));
    return place;
  });
  return { alive: () => new Map(kinds.map((kind) => [kind, count(kind)])), mostConnections: () => mostConnections };
}

const hello = atob(recordedHellos[0]?.base64 ?? '');
const huge = clientHello({ extensions: [serverName('a.test'), extension(21, '\0'.repeat(14_000))] });

/** One client each: what it sends, in pieces of which size, and whether it goes away by itself. */
const peers: readonly ((dice: Dice) => string)[] = [
  () => '',
  (dice) => hello.slice(0, dice.between(1, hello.length - 1)),
  () => hello,
  () => huge,
  (dice) => huge.slice(0, dice.between(1, huge.length - 1)),
  (dice) => hello + '\0'.repeat(dice.between(1, 40)),
  () => 'GET / HTTP/1.1\r\n\r\n',
  (dice) => Array.from({ length: dice.between(1, 400) }, () => String.fromCharCode(dice.between(0, 255))).join(''),
];

async function flood(proxy: SimulatedProxyWorld, dice: Dice, clients: number): Promise<void> {
  for (let i = 0; i < clients; i++) {
    const client = proxy.connect(dice.chance(0.5) ? '127.0.0.1:1000' : '127.0.0.1:1001');
    const text = dice.pick(peers)(dice);
    const size = dice.pick([1, 7, 1000, 20_000]);
    for (let at = 0; at < text.length; at += size) client.send(text.slice(at, at + size));
    if (dice.chance(0.2)) client.close();
    if (dice.chance(0.1)) await proxy.advance(dice.between(1, 500));
  }
}

test('a flood of hellos, half hellos and nonsense: the timeouts send all away, and no native object stays', async (t) => {
  const native = watchNative(t);
  const proxy = await simulation.start({ config, concurrency: 2 });
  const atRest = native.alive();
  const dice = new Dice(20_261_128);
  await flood(proxy, dice, 300);
  await proxy.settle();
  const during = native.mostConnections();
  await proxy.advance(10_000);
  const after = native.alive();
  const timedOut = ['plain', 'inspected'].map((name) =>
    proxy.stat(`listener.${name}.downstream_cx_transport_socket_connect_timeout`),
  );
  const errors = proxy.stats(/ssl\.connection_error$/);
  const active = proxy.stats(/downstream_cx_active$/);
  const code = await proxy.stop();
  assert.ok(during > 50, `${during} handshakes at once, of 300 clients`);
  assert.deepEqual(after, atRest, 'with the last client the last connection has gone');
  assert.ok(
    timedOut.every((count) => count > 5),
    `${timedOut} timed out`,
  );
  assert.ok(
    Object.values(errors).every((count) => count > 5),
    JSON.stringify(errors),
  );
  assert.ok(
    Object.values(active).every((count) => count === 0),
    JSON.stringify(active),
  );
  assert.equal(code, 0);
  assert.deepEqual(
    [...native.alive()].filter(([, count]) => count !== 0),
    [],
    'with the proxy the rest has gone',
  );
});
