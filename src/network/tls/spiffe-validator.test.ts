import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { certificateBytes, certificateOptions } from '../../../test/harness/certificates.ts';
import { TlsWorldForTests, validation } from '../../../test/harness/tls-pair.ts';
import { KindMatcher } from '../../common/tls/subject-names.ts';
import { type TrustBundle, tlsVersions, type ValidationOptions } from './tls-options.ts';

let world: TlsWorldForTests;
beforeEach(() => {
  world = new TlsWorldForTests();
});
afterEach(() => {
  const left = world.releaseAll();
  world[Symbol.dispose]();
  assert.equal(left, 0);
});

const bundle = (domain: string, file: string, workload = ''): TrustBundle => ({
  domain,
  workload,
  pem: certificateBytes(file),
  certificates: [],
  path: `${domain}: ${file}`,
});
const two = [bundle('a.test', 'ca.pem'), bundle('b.test', 'other-ca.pem')];

/** A client with this certificate comes: '' when it is let in, else why not. */
function judged(name: string, spiffe: readonly TrustBundle[] = two, more: Partial<ValidationOptions> = {}): string {
  const server = world.server({
    validation: validation({ trustedCa: new Uint8Array(0), trustedCaPath: '', spiffe, ...more }),
  });
  const client = world.client({ certificates: [certificateOptions(name)] });
  const { socket } = world.connect(server, client).pump().server;
  if (socket.ssl.peerCertificateValidated) return '';
  return /verify cert failed: (.*):TLS_error_end/.exec(socket.failureReason)?.[1] ?? socket.failureReason;
}

describe('an SVID', () => {
  test('of a domain, by the authority of that domain alone', () => {
    assert.equal(judged('svid-a'), '');
    assert.equal(judged('svid-b'), '');
    assert.match(judged('svid-a-by-other'), /depth 0: unable to get local issuer certificate$/);
    assert.equal(judged('svid-unknown'), 'no trust bundle store');
    assert.equal(world.counter('server.ssl.fail_verify_error'), 2);
  });

  test('by an intermediate authority that it brings', () => assert.equal(judged('svid-deep'), ''));

  test('that may sign others', () => assert.equal(judged('svid-signs'), 'cert precheck'));

  test('that is expired', () => {
    assert.match(judged('svid-expired'), /certificate has expired$/);
    assert.equal(judged('svid-expired', two, { allowExpiredCertificate: true }), '');
  });

  test('of no name, of no path, of another scheme', () => {
    for (const name of ['svid-dns', 'svid-no-path', 'svid-other-scheme', 'svid-two', 'svid-upper'])
      assert.equal(judged(name), 'no trust bundle store', name);
  });

  test('whose URI must match; names of other kinds do not count', () => {
    const kind = (of: 'URI' | 'DNS', end: string) =>
      new KindMatcher(of, '', { match: (text: string) => text.endsWith(end) }, `${of}${end}`);
    assert.equal(judged('svid-a', two, { subjectNames: [kind('URI', '/one')] }), '');
    assert.equal(judged('svid-deep', two, { subjectNames: [kind('URI', '/one')] }), 'SAN match');
    assert.equal(judged('svid-a', two, { subjectNames: [kind('DNS', 'nope')] }), '');
    assert.equal(world.counter('server.ssl.fail_verify_san'), 1);
  });

  test('under a bundle that is another workload’s', () =>
    assert.equal(judged('svid-a', [bundle('a.test', 'ca.pem', 'w.test')]), 'no trust bundle store'));

  test('revoked, or of an authority whose list is missing', () =>
    assert.match(judged('svid-deep', [bundle('a.test', 'ca-with-crl.pem')]), /unable to get certificate CRL$/));
});

test('a bundle without certificates is refused, and nothing native stays', () => {
  assert.throws(
    () => judged('svid-a', [bundle('a.test', 'ca.pem'), { ...bundle('b.test', 'ca.pem'), pem: Buffer.from('x') }]),
    /Failed to load trusted CA certificate for b\.test/,
  );
});

describe('a key that may not sign', () => {
  const come = (name: string, version: number) => {
    const server = world.server({ validation: validation(), maxVersion: version });
    const client = world.client({ certificates: [certificateOptions(name)], maxVersion: version });
    return world.connect(server, client).pump();
  };
  const why = 'TLS_error:|268435758:SSL routines:OPENSSL_internal:KEY_USAGE_BIT_INCORRECT:TLS_error_end';

  test('is refused without a word in TLS 1.2, and is no failed verification', () => {
    const { server, client } = come('usage-ec-keyAgreement', tlsVersions.tls12);
    assert.equal(server.socket.failureReason, why);
    assert.equal(server.socket.ssl.peer?.subject, 'CN=ec keyAgreement');
    assert.deepEqual(client.events, []);
    assert.equal(world.counter('server.ssl.connection_error'), 1);
    assert.equal(world.counter('server.ssl.fail_verify_error'), 0);
  });

  test('is refused before it is verified in TLS 1.3', () => {
    const { server } = come('usage-rsa-keyEncipherment', tlsVersions.tls13);
    assert.equal(server.socket.failureReason, why);
    assert.equal(server.socket.ssl.peer, undefined);
  });

  test('one that says that it signs, or says nothing, is taken', () => {
    for (const version of [tlsVersions.tls12, tlsVersions.tls13])
      for (const name of ['usage-ec-digitalSignature', 'client'])
        assert.deepEqual(come(name, version).server.events, ['connected']);
  });
});
