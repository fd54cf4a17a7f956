import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { certificateBytes, certificateOptions } from '../../../test/harness/certificates.ts';
import { type TlsPair, TlsWorldForTests, validation } from '../../../test/harness/tls-pair.ts';
import { plainMatcher } from '../../common/matcher/string-matcher.ts';
import { DnsNameMatcher, KindMatcher } from '../../common/tls/subject-names.ts';
import { hex, TlsCertificateInfo } from './certificate-info.ts';
import { type ClientTlsOptions, type ServerTlsOptions, tlsVersions, type ValidationOptions } from './tls-options.ts';

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

function connect(server: Partial<ServerTlsOptions>, client: Partial<ClientTlsOptions>): TlsPair {
  return world.connect(world.server(server), world.client(client)).pump();
}

/** A client with this certificate comes to a server that wants one. */
function clientWith(
  name: string | undefined,
  trust: Partial<ValidationOptions> = {},
  more: Partial<ServerTlsOptions> = {},
): TlsPair {
  return connect(
    { validation: validation(trust), requireClientCertificate: true, ...more },
    { certificates: name === undefined ? [] : [certificateOptions(name)] },
  );
}

function refused(pair: TlsPair, why: string): void {
  assert.deepEqual(pair.server.events, ['failed']);
  assert.equal(pair.server.socket.failureReason, `TLS_error:|${why}:TLS_error_end`);
  assert.ok(pair.client.events.includes('failed'), 'the client is told by an alert');
}

const verifyFailed = '268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED:verify cert failed: ';
const atDepth = (depth: number, text: string) =>
  `${verifyFailed}X509_verify_cert: certificate verification error at depth ${depth}: ${text}`;

const crlCheck = 'certificate revocation check against provided CRLs failed: ';

function digestOf(name: string): string {
  return derOf(name).sha256Digest;
}

function derOf(name: string): TlsCertificateInfo {
  const base64 = certificateBytes(`${name}.pem`)
    .toString()
    .replaceAll(/-----.*-----|\s/g, '');
  return new TlsCertificateInfo(world.thread.openSsl, Buffer.from(base64, 'base64'));
}

describe('client certificates', () => {
  test('of a trusted authority', () => {
    const { server } = clientWith('client');
    const { ssl } = server.socket;
    assert.deepEqual(server.events, ['connected']);
    assert.equal(ssl.peerCertificatePresented, true);
    assert.equal(ssl.peerCertificateValidated, true);
    assert.equal(ssl.peer?.subject, 'O=Tests,CN=client');
    assert.equal(ssl.peer?.issuer, 'CN=Test ca');
    assert.deepEqual(ssl.peer?.dnsSans, ['client.example', '*.c.example']);
    assert.deepEqual(ssl.peer?.uriSans, ['spiffe://test/client']);
    assert.deepEqual(ssl.peer?.emailSans, ['client@example.com']);
    assert.deepEqual(ssl.peer?.ipSans, ['10.1.2.3', '2001:db8::1']);
    assert.deepEqual(ssl.peer?.otherNameSans, ['other']);
    assert.equal(ssl.peer?.commonName, 'client');
    assert.deepEqual(ssl.peer?.organizationNames, ['Tests']);
    assert.equal(ssl.peer?.validFromMs, Date.UTC(2020, 0, 1));
    assert.equal(ssl.peer?.expirationMs, Date.UTC(2120, 0, 1));
    assert.equal(ssl.peer?.pem, certificateBytes('client.pem').toString());
    assert.equal(ssl.local?.subject, 'O=Tests,CN=server');
    assert.equal(world.counter('server.ssl.no_certificate'), 0);
    assert.equal(world.counter('server.ssl.sigalgs.ecdsa_secp256r1_sha256'), 1);
  });

  test('through an intermediate one, told in the order in which it came', () => {
    const { server } = clientWith('chained-client');
    assert.deepEqual(
      server.socket.ssl.peerChain.map(({ subject }) => subject),
      ['CN=chained', 'CN=Test intermediate'],
    );
  });

  test('none, where one is required', () => {
    for (const maxVersion of [tlsVersions.tls12, tlsVersions.tls13]) {
      const pair = clientWith(undefined, {}, { maxVersion });
      refused(
        pair,
        '268435648:SSL routines:OPENSSL_internal:PEER_DID_NOT_RETURN_A_CERTIFICATE:peer did not provide required client certificate',
      );
    }
    assert.equal(world.counter('server.ssl.fail_verify_no_cert'), 2);
    assert.equal(world.counter('server.ssl.connection_error'), 0);
  });

  test('none, where one is only asked for', () => {
    const { server } = clientWith(undefined, {}, { requireClientCertificate: false });
    assert.deepEqual(server.events, ['connected']);
    assert.equal(server.socket.ssl.peerCertificatePresented, false);
    assert.equal(server.socket.ssl.peerCertificateValidated, false);
    assert.equal(world.counter('server.ssl.no_certificate'), 1);
  });

  test('of an authority that is not trusted', () => {
    refused(clientWith('untrusted-client'), atDepth(0, 'unable to get local issuer certificate'));
    assert.equal(world.counter('server.ssl.fail_verify_error'), 1);
  });

  test('untrusted, but accepted', () => {
    const { server } = clientWith('untrusted-client', { acceptUntrusted: true });
    assert.deepEqual(server.events, ['connected']);
    assert.equal(server.socket.ssl.peerCertificatePresented, true);
    assert.equal(server.socket.ssl.peerCertificateValidated, false);
    assert.equal(world.counter('server.ssl.fail_verify_error'), 1);
  });

  test('expired', () => {
    refused(clientWith('expired-client'), atDepth(0, 'certificate has expired'));
    assert.deepEqual(clientWith('expired-client', { allowExpiredCertificate: true }).server.events, ['connected']);
  });

  test('revoked', () => {
    const crl = certificateBytes('crl.pem');
    refused(clientWith('revoked-client', { crl }), atDepth(0, `${crlCheck}certificate revoked`));
    assert.deepEqual(clientWith('client', { crl }).server.events, ['connected']);
  });

  test('through an authority without a revocation list: refused unless only the leaf counts', () => {
    const crl = certificateBytes('crl.pem');
    refused(clientWith('chained-client', { crl }), atDepth(0, `${crlCheck}unable to get certificate CRL`));
    const trustedCa = Buffer.concat([certificateBytes('ca.pem'), certificateBytes('intermediate.pem')]);
    refused(
      clientWith('chained-client', { crl, trustedCa, onlyVerifyLeafCertCrl: true }),
      atDepth(0, `${crlCheck}unable to get certificate CRL`),
    );
  });

  test('with the list of its own authority alone: accepted where only the leaf counts', () => {
    const crl = certificateBytes('crl-of-intermediate.pem');
    const deep = clientWith('chained-client', { crl });
    assert.match(deep.server.socket.failureReason, /at depth 1: .*unable to get certificate CRL/);
    assert.deepEqual(clientWith('chained-client', { crl, onlyVerifyLeafCertCrl: true }).server.events, ['connected']);
  });

  test('clients are told which authorities are trusted, unless that is suppressed', () => {
    const asked = (suppressClientCaList: boolean): boolean => {
      const trust = validation({ trustedCa: certificateBytes('other-ca.pem'), suppressClientCaList });
      const pair = world.connect(
        world.server({ maxVersion: tlsVersions.tls12, validation: trust }),
        world.client({ maxVersion: tlsVersions.tls12 }),
      );
      pair.pumpOnce();
      const { toSend } = pair.server;
      const { commonName } = derOf('other-ca');
      return Buffer.from(toSend.linearize(toSend.length)).includes(commonName);
    };
    assert.deepEqual([asked(false), asked(true)], [true, false]);
  });

  test('chains may be limited', () => {
    refused(clientWith('chained-client', { maxVerifyDepth: 1 }), atDepth(1, 'unable to get local issuer certificate'));
    assert.deepEqual(clientWith('chained-client', { maxVerifyDepth: 2 }).server.events, ['connected']);
  });

  test('by their digest', () => {
    const trustedCa = new Uint8Array(0);
    const good = { trustedCa, certificateHashes: [digestOf('client')] };
    assert.equal(clientWith('client', good).server.socket.ssl.peerCertificateValidated, true);
    refused(clientWith('untrusted-client', good), `${verifyFailed}cert hash and spki`);
    assert.equal(world.counter('server.ssl.fail_verify_cert_hash'), 1);
  });

  test('by the digest of their key', () => {
    const { publicKeyInfo } = derOf('client').parts;
    const publicKeyHashes = [world.thread.sha256(publicKeyInfo)];
    assert.deepEqual(clientWith('client', { publicKeyHashes }).server.events, ['connected']);
    refused(clientWith('chained-client', { publicKeyHashes }), `${verifyFailed}cert hash and spki`);
    // As openssl pkey -pubout -outform der prints it.
    assert.equal(hex(publicKeyInfo).slice(0, 8), '30593013');
  });
});

describe('names of the peer', () => {
  const names = 'client.example, *.c.example, spiffe://test/client, client@example.com, 10.1.2.3, 2001:db8::1, other';
  const cases = [
    ['DNS', 'client.example', true],
    ['DNS', 'CLIENT.example', true],
    ['DNS', 'a.c.example', true],
    ['DNS', 'a.b.c.example', false],
    ['DNS', 'c.example', false],
    ['URI', 'spiffe://test/client', true],
    ['URI', 'client.example', false],
    ['EMAIL', 'client@example.com', true],
    ['IP_ADDRESS', '10.1.2.3', true],
    ['IP_ADDRESS', '2001:db8::1', true],
    ['OTHER_NAME', 'other', true],
  ] as const;
  for (const [kind, name, matches] of cases) {
    test(`${kind} ${name}: ${matches ? 'accepted' : 'refused'}`, () => {
      const matcher =
        kind === 'DNS'
          ? new DnsNameMatcher(name)
          : new KindMatcher(kind, kind === 'OTHER_NAME' ? '1.2.3.4' : '', plainMatcher('exact', name), name);
      const pair = clientWith('client', { subjectNames: [matcher] });
      if (matches) assert.deepEqual(pair.server.events, ['connected']);
      else refused(pair, `${verifyFailed}SAN matcher, certificate SANs are [${names}]`);
      assert.equal(world.counter('server.ssl.fail_verify_san'), matches ? 0 : 1);
    });
  }

  test('an OTHER_NAME under another identifier', () => {
    const matcher = new KindMatcher('OTHER_NAME', '1.2.3.5', plainMatcher('exact', 'other'), '');
    assert.deepEqual(clientWith('client', { subjectNames: [matcher] }).server.events, ['failed']);
  });
});

describe('upstreams', () => {
  const trusting = { validation: validation() };

  test('a server whose name is the one that was asked for', () => {
    const options = { ...trusting, autoSniSanMatch: true };
    const ask = (sni: string) => connect({}, { ...options, sni }).client;
    assert.equal(ask('server.example').socket.ssl.peerCertificateValidated, true);
    assert.equal(ask('x.wild.example').socket.ssl.peerCertificateValidated, true);
    assert.deepEqual(ask('other.example').events, ['failed']);
    assert.equal(world.counter('client.ssl.fail_verify_san'), 1);
  });

  test('the host’s name, or what the request says, goes before the configured one', () => {
    const server = world.server();
    const client = world.client({ ...trusting, sni: 'configured.example', autoHostSni: true });
    const sni = (hostname: string, serverNameOverride?: string) => {
      const options = serverNameOverride === undefined ? {} : { serverNameOverride };
      return world.connect(server, client, { hostname, options }).pump().server.socket.ssl.sni;
    };
    assert.equal(sni(''), 'configured.example');
    assert.equal(sni('host.example'), 'host.example');
    assert.equal(sni('host.example', 'request.example'), 'request.example');
  });

  test('names that the request wants', () => {
    const connectTo = (name: string) =>
      world.connect(world.server(), world.client(trusting), { options: { verifySubjectAltNames: [name] } }).pump()
        .client;
    assert.deepEqual(connectTo('server.example').events, ['connected']);
    const { events, socket } = connectTo('nope.example');
    assert.deepEqual(events, ['failed']);
    assert.equal(
      socket.failureReason,
      `TLS_error:|${verifyFailed}verify SAN list, expected SANs: [nope.example], certificate SANs: ` +
        '[server.example, *.wild.example, 127.0.0.1, spiffe://test/server]:TLS_error_end',
    );
  });

  test('a server of another authority', () => {
    const pair = connect({ certificates: [certificateOptions('other-server')] }, trusting);
    assert.deepEqual(pair.client.events, ['failed']);
    assert.deepEqual(pair.server.events.at(-1), 'failed');
    assert.match(
      pair.server.socket.failureReason,
      /^TLS_error:\|268436504:SSL routines:OPENSSL_internal:TLSV1_ALERT_UNKNOWN_CA/,
    );
  });

  test('without validation anyone will do', () => {
    const { client } = connect({ certificates: [certificateOptions('other-server')] }, {});
    assert.deepEqual(client.events, ['connected']);
    assert.equal(client.socket.ssl.peerCertificateValidated, false);
  });
});

test('certificates of the peer are read once a handshake', (t) => {
  const server = world.server({ validation: validation(), requireClientCertificate: true });
  const client = world.client({ certificates: [certificateOptions('chained-client')] });
  const pair = world.connect(server, client);
  const { mock } = t.mock.method(world.thread.openSsl.call, 'i2d_X509');
  pair.pump();
  assert.equal(pair.server.socket.info.peer?.subject, 'CN=chained');
  // Asked for its length, then for its bytes: two certificates of the client and their issuer, one of the server.
  assert.equal(mock.callCount(), 2 * (2 + 1 + 1));
});
