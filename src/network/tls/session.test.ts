import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { TransportSocketOptions } from '../../../sdk/network.ts';
import { certificateBytes, certificateOptions } from '../../../test/harness/certificates.ts';
import { TlsWorldForTests, validation } from '../../../test/harness/tls-pair.ts';
import type { ClientTlsContext } from './client-context.ts';
import type { ServerTlsContext } from './server-context.ts';
import { type CertificateOptions, type ServerTlsOptions, tlsVersions } from './tls-options.ts';

let world: TlsWorldForTests;

beforeEach(() => {
  world = new TlsWorldForTests();
});

/** Whatever a test did, everything native is released. */
afterEach(() => {
  const left = world.releaseAll();
  world[Symbol.dispose]();
  assert.equal(left, 0);
});

const versions = [
  ['TLSv1.2', { minVersion: tlsVersions.tls12, maxVersion: tlsVersions.tls12 }],
  ['TLSv1.3', { minVersion: tlsVersions.tls13, maxVersion: tlsVersions.tls13 }],
] as const;

/** Connects, says something both ways so that tickets arrive, and tells whether the session was resumed. */
function resumes(server: ServerTlsContext, client: ClientTlsContext): boolean {
  const pair = world.connect(server, client).pump();
  pair.server.write('x');
  pair.pump();
  assert.deepEqual(pair.client.events, ['connected']);
  const { sessionReused } = pair.server.socket.ssl;
  assert.equal(pair.client.socket.ssl.sessionReused, sessionReused);
  return sessionReused;
}

const key = (fill: number) => new Uint8Array(80).fill(fill);

describe('sessions', () => {
  for (const [name, version] of versions) {
    test(`${name}: the second connection resumes the first one's session`, () => {
      const [server, client] = [world.server(version), world.client(version)];
      assert.deepEqual(
        [resumes(server, client), resumes(server, client), resumes(server, client)],
        [false, true, true],
      );
      assert.equal(world.counter('server.ssl.session_reused'), 2);
      assert.equal(world.counter('client.ssl.session_reused'), 2);
    });

    test(`${name}: a client that keeps no sessions`, () => {
      const [server, client] = [world.server(version), world.client({ ...version, maxSessionKeys: 0 })];
      assert.deepEqual([resumes(server, client), resumes(server, client)], [false, false]);
    });

    test(`${name}: tickets of configured keys are good for every server that has them`, () => {
      const first = world.server({ ...version, sessionTicketKeys: [key(1)] });
      const other = world.server({ ...version, sessionTicketKeys: [key(2)] });
      const rotated = world.server({ ...version, sessionTicketKeys: [key(2), key(1)] });
      const client = world.client(version);
      assert.equal(resumes(first, client), false);
      assert.equal(resumes(rotated, client), true);
      // That gave a ticket of the newer key; one of TLS 1.2 that comes with a resumed session OpenSSL's client drops.
      assert.equal(resumes(other, client), version.maxVersion === tlsVersions.tls13);
    });

    test(`${name}: threads that share a secret take one another's tickets, for the same names and trust only`, () => {
      world.ticketSecret = new Uint8Array(40).fill(7);
      const [here, there] = [world.server(version), world.server(version)];
      const others = world.server({ ...version, certificates: [certificateOptions('server-rsa')] });
      const client = world.client(version);
      assert.deepEqual(
        [here, there, others].map((server) => resumes(server, client)),
        [false, true, false],
      );
    });

    test(`${name}: a resumed session still knows the client's certificate`, () => {
      const server = world.server({ ...version, validation: validation(), requireClientCertificate: true });
      const client = world.client({ ...version, certificates: [certificateOptions('client')] });
      resumes(server, client);
      const pair = world.connect(server, client).pump();
      const { ssl } = pair.server.socket;
      assert.equal(ssl.sessionReused, true);
      assert.equal(ssl.peer?.subject, 'O=Tests,CN=client');
      assert.equal(ssl.peerCertificateValidated, true);
    });

    test(`${name}: sessions are not resumed where other certificates are trusted`, () => {
      const sessionTicketKeys = [key(1)];
      const of = (trust: string): Partial<ServerTlsOptions> => ({
        ...version,
        sessionTicketKeys,
        requireClientCertificate: true,
        validation: validation({ trustedCa: certificateBytes(trust), acceptUntrusted: true }),
      });
      const client = world.client({ ...version, certificates: [certificateOptions('client')] });
      assert.equal(resumes(world.server(of('ca.pem')), client), false);
      assert.equal(resumes(world.server(of('other-ca.pem')), client), false);
    });
  }

  for (const [name, version] of versions)
    test(`${name}: only sessions of the same name, and checked against the same names, are resumed`, () => {
      const [server, client] = [world.server(version), world.client({ ...version, validation: validation() })];
      const resumed = (options: TransportSocketOptions): boolean => {
        const pair = world.connect(server, client, { options }).pump();
        pair.server.write('x');
        pair.pump();
        return pair.client.socket.ssl.sessionReused;
      };
      const one = { serverNameOverride: 'one.example' };
      assert.deepEqual([resumed(one), resumed({ serverNameOverride: 'two.example' })], [false, false]);
      const checked = { ...one, verifySubjectAltNames: ['server.example'] };
      assert.deepEqual([resumed(one), resumed(checked), resumed(checked)], [false, false, true]);
    });

  test('so many sessions are kept as are configured, one of TLS 1.3 for a single connection', () => {
    const [, version] = versions[1];
    const server = world.server(version);
    for (const maxSessionKeys of [1, 3]) {
      const client = world.client({ ...version, maxSessionKeys });
      const before = world.thread.openSsl.liveCount('session');
      for (let i = 0; i < 4; i++) resumes(server, client);
      assert.equal(world.thread.openSsl.liveCount('session') - before, maxSessionKeys);
      // They begin before the first of them has brought a new one.
      const begun = Array.from({ length: 4 }, () => world.connect(server, client));
      const reused = begun.map((pair) => pair.pump().client.socket.ssl.sessionReused);
      assert.equal(reused.filter(Boolean).length, maxSessionKeys);
    }
  });

  test('the timeout of sessions is told to clients', () => {
    const pair = world.connect(
      world.server({ maxVersion: tlsVersions.tls12, sessionTimeoutSeconds: 4321 }),
      world.client({ maxVersion: tlsVersions.tls12 }),
    );
    const sent: Uint8Array[] = [];
    for (let turn = 0; turn < 6; turn++) {
      const { toSend } = pair.server;
      sent.push(toSend.linearize(toSend.length).slice());
      pair.pumpOnce();
    }
    // RFC 5077, section 3.3: type, length, and the hint in seconds, in a record of its own.
    const hint = /16030300..04(?:.{6})(.{8})/.exec(Buffer.concat(sent).toString('hex'))?.[1] ?? '';
    assert.equal(Number.parseInt(hint, 16), 4321);
  });

  test('TLSv1.3: without tickets there is nothing to resume', () => {
    const [, version] = versions[1];
    const server = world.server({ ...version, disableStatelessSessionResumption: true });
    const client = world.client(version);
    assert.deepEqual([resumes(server, client), resumes(server, client)], [false, false]);
  });

  test('TLSv1.2: without tickets the server remembers, unless it must not', () => {
    const [, version] = versions[0];
    const stateful = world.server({ ...version, disableStatelessSessionResumption: true });
    const client = world.client(version);
    assert.deepEqual([resumes(stateful, client), resumes(stateful, client)], [false, true]);
    const neither = world.server({
      ...version,
      disableStatelessSessionResumption: true,
      disableStatefulSessionResumption: true,
    });
    assert.deepEqual([resumes(neither, client), resumes(neither, client)], [false, false]);
  });
});

describe('ALPN', () => {
  const chosen = (ours: readonly string[], theirs: readonly string[]) =>
    world.connect(world.server({ alpnProtocols: ours }), world.client({ alpnProtocols: theirs })).pump();

  test('what the server prefers of what the client offers', () => {
    const { server, client } = chosen(['h2', 'http/1.1'], ['http/1.1', 'h2']);
    assert.equal(server.socket.protocol, 'h2');
    assert.equal(client.socket.protocol, 'h2');
    assert.equal(client.socket.ssl.alpn, 'h2');
  });

  test('nothing in common: the handshake goes on without', () => {
    const { server, client } = chosen(['a'], ['b']);
    assert.deepEqual(client.events, ['connected']);
    assert.equal(server.socket.protocol, '');
  });

  test('what the filters cannot speak is not chosen', () => {
    world.unsupportedProtocols = ['h2'];
    assert.equal(chosen(['h2', 'http/1.1'], ['h2', 'http/1.1']).client.socket.protocol, 'http/1.1');
  });

  test('what the request wants goes before what is configured', () => {
    const options = { applicationProtocols: ['b'] };
    const pair = world.connect(world.server({ alpnProtocols: ['a', 'b'] }), world.client({ alpnProtocols: ['a'] }), {
      options,
    });
    assert.equal(pair.pump().client.socket.protocol, 'b');
  });
});

describe('several certificates', () => {
  const many = () => ['server-rsa', 'server', 'server-p384', 'server-chain'].map((name) => certificateOptions(name));
  const rsaOnly = { signatureAlgorithms: 'rsa_pss_rsae_sha256', ecdhCurves: 'X25519' };

  const presented = (sni: string, client = {}, server: Partial<ServerTlsOptions> = {}) => {
    const pair = world
      .connect(world.server({ certificates: many(), ...server }), world.client({ sni, ...client }))
      .pump();
    assert.equal(pair.client.socket.ssl.peer?.subject, pair.server.socket.ssl.local?.subject);
    return pair.client.socket.ssl.peer?.commonName;
  };

  test('by name', () => {
    assert.equal(presented('p384.example'), 'server-p384');
    assert.equal(presented('rsa.example'), 'server-rsa');
  });

  test('by the common name, where there are no others', () => {
    assert.equal(presented('chain.example'), 'chain.example');
  });

  test('by wildcard, of one label', () => {
    assert.equal(presented('a.wild.example'), 'server');
    assert.equal(presented('a.b.wild.example'), 'server-rsa');
  });

  test('ECDSA for those who can check it, whatever comes first', () => {
    assert.equal(presented('server.example'), 'server');
    assert.equal(presented('server.example', rsaOnly), 'server-rsa');
  });

  test('of no known name: the first one, or the best of all', () => {
    assert.equal(presented('unknown.example'), 'server-rsa');
    assert.equal(presented('unknown.example', {}, { fullScanCertsOnSniMismatch: true }), 'server');
  });

  test('of no name at all: the best of all', () => {
    assert.equal(presented(''), 'server');
    assert.equal(presented('', rsaOnly), 'server-rsa');
  });

  test('TLS 1.2 clients show by groups and ciphers what they can check', () => {
    const tls12 = { maxVersion: tlsVersions.tls12 };
    assert.equal(presented('server.example', tls12), 'server');
    assert.equal(presented('server.example', { ...tls12, cipherSuites: 'ECDHE-RSA-AES128-GCM-SHA256' }), 'server-rsa');
  });
});

describe('OCSP', () => {
  const stapled = (more: Partial<CertificateOptions> = {}) =>
    certificateOptions('server', { ocspStaple: certificateBytes('server-ocsp.der'), ...more });

  const ask = (server: Partial<ServerTlsOptions>) => {
    const client = world.client();
    client.base.askForOcsp();
    return world.connect(world.server(server), client).pump();
  };
  const counted = () =>
    ['requests', 'responses', 'omitted', 'failed'].map((what) => world.counter(`server.ssl.ocsp_staple_${what}`));

  test('a response is sent to those who ask', () => {
    const pair = ask({ certificates: [stapled()] });
    assert.deepEqual(pair.client.events, ['connected']);
    assert.deepEqual(pair.client.socket.connection.ocspResponse, new Uint8Array(certificateBytes('server-ocsp.der')));
    assert.deepEqual(counted(), [1, 1, 0, 0]);
    world.connect(world.server({ certificates: [stapled()] }), world.client()).pump();
    assert.deepEqual(counted(), [1, 1, 0, 0]);
  });

  test('without one, or with an old one, it is left out when that is allowed', () => {
    assert.deepEqual(ask({}).client.events, ['connected']);
    assert.deepEqual(ask({ ocspStaplePolicy: 'STRICT_STAPLING' }).client.events, ['connected']);
    world.nowMs = Date.UTC(2200, 0, 1);
    assert.deepEqual(ask({ certificates: [stapled()] }).client.events, ['connected']);
    assert.deepEqual(counted(), [3, 0, 3, 0]);
  });

  test('an old one ends the handshake when it must be right', () => {
    world.nowMs = Date.UTC(2200, 0, 1);
    assert.deepEqual(ask({ certificates: [stapled()], ocspStaplePolicy: 'STRICT_STAPLING' }).client.events, ['failed']);
    const mustStaple = certificateOptions('must-staple', { ocspStaple: certificateBytes('must-staple-ocsp.der') });
    assert.deepEqual(ask({ certificates: [mustStaple] }).client.events, ['failed']);
    assert.deepEqual(counted(), [2, 0, 0, 2]);
  });
});

test('a key log has the lines of both secrets of a connection', () => {
  const keyLog = { path: '', localRanges: [], remoteRanges: [] };
  world.connect(world.server({ keyLog }), world.client()).pump();
  const labels = world.keyLogLines.map((line) => line.split(' ')[0]);
  assert.ok(labels.includes('CLIENT_TRAFFIC_SECRET_0') && labels.includes('SERVER_TRAFFIC_SECRET_0'), labels.join());
});
