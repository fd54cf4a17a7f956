import assert from 'node:assert/strict';
import { test } from 'node:test';
import { certificateBytes, certificateOptions } from '../../../test/harness/certificates.ts';
import { serverOptions, TlsWorldForTests, validation } from '../../../test/harness/tls-pair.ts';
import { ServerTlsContext } from './server-context.ts';
import { tlsVersions } from './tls-options.ts';

const expiration = Date.UTC(2120, 0, 1) / 1000;

test('when certificates and authorities expire is told by one thread; what has no authority never does', () => {
  using world = new TlsWorldForTests();
  const certificates = ['server', 'server-rsa'].map((name) => certificateOptions(name));
  const gauge = (scope: string, name: string) =>
    world.stats.createScope(scope).gauge(`ssl.certificate.${name}.expiration_unix_time_seconds`).value;
  const gauges = (scope: string) => ['test_server', 'test_server-rsa', 'ca'].map((name) => gauge(scope, name));
  world.server({ certificates, validation: validation() });
  assert.deepEqual(gauges('server'), [expiration, expiration, expiration]);
  const options = serverOptions({ certificates, validation: validation() });
  const another = { ...world.world('another'), setsGauges: false };
  world.own(new ServerTlsContext(world.thread, options, [], another));
  assert.deepEqual(gauges('another'), [0, 0, 0]);
  world.client({ validation: validation({ trustedCa: new Uint8Array(0), certificateHashes: ['00'] }) });
  assert.equal(gauge('client', 'ca'), Number.MAX_SAFE_INTEGER);
});

for (const version of [tlsVersions.tls12, tlsVersions.tls13])
  test(`what is wrong with a server and accepted all the same counts for a session that is resumed, too (${version})`, () => {
    const only = { minVersion: version, maxVersion: version };
    for (const [what, wrong, expected] of [
      ['its authority', { trustedCa: certificateBytes('other-ca.pem') }, [2, 0]],
      ['its hash', { certificateHashes: ['00'.repeat(32)] }, [0, 2]],
    ] as const) {
      using world = new TlsWorldForTests();
      const server = world.server(only);
      const client = world.client({ ...only, validation: validation({ ...wrong, acceptUntrusted: true }) });
      for (const resumes of [false, true]) {
        const pair = world.connect(server, client).pump();
        pair.server.write('so that a ticket comes');
        pair.pump();
        assert.equal(pair.client.socket.ssl.sessionReused, resumes);
      }
      const counted = ['fail_verify_error', 'fail_verify_cert_hash'].map((name) => world.counter(`client.ssl.${name}`));
      assert.deepEqual(counted, expected, what);
    }
  });
