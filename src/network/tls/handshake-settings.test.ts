import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { certificateOptions } from '../../../test/harness/certificates.ts';
import { TlsWorldForTests, validation } from '../../../test/harness/tls-pair.ts';
import { type ClientTlsOptions, type ServerTlsOptions, type TlsParams, tlsVersions } from './tls-options.ts';

let world: TlsWorldForTests;

beforeEach(() => {
  world = new TlsWorldForTests();
});

/** Contexts by which settings are tried are released as well. */
afterEach(() => {
  const left = world.releaseAll();
  world[Symbol.dispose]();
  assert.equal(left, 0);
});

const nothing: TlsParams = {
  minVersion: undefined,
  maxVersion: undefined,
  cipherSuites: '',
  ecdhCurves: '',
  signatureAlgorithms: '',
  compliancePolicy: undefined,
};
const own = (params: Partial<TlsParams>) => ({ params: { ...nothing, ...params } });

function agreed(server: Partial<ServerTlsOptions>, client: Partial<ClientTlsOptions> = {}) {
  const { info } = world.connect(world.server(server), world.client(client)).pump().server.socket;
  return [info.local?.commonName, info.tlsVersion, info.cipherSuite, info.tlsGroup];
}

test('what one of several certificates says holds when it is chosen, and leaves the others alone', () => {
  const certificates = [
    certificateOptions('server'),
    certificateOptions('server-p384', own({ maxVersion: tlsVersions.tls12, ecdhCurves: 'P-384' })),
  ];
  const groups = 'X25519:P-256:P-384';
  const ask = (sni: string) => agreed({ certificates }, { sni, ecdhCurves: groups });
  assert.deepEqual(ask('server.example'), ['server', 'TLSv1.3', 'TLS_AES_128_GCM_SHA256', 'X25519']);
  assert.deepEqual(ask('p384.example'), ['server-p384', 'TLSv1.2', 'ECDHE-ECDSA-AES128-GCM-SHA256', 'P-384']);
});

test('what the only certificate says holds from the beginning', () => {
  const suites = 'ECDHE-ECDSA-AES256-GCM-SHA384';
  const certificates = [
    certificateOptions('server', own({ maxVersion: tlsVersions.tls12, cipherSuites: suites, ecdhCurves: 'P-256' })),
  ];
  assert.deepEqual(agreed({ certificates }), ['server', 'TLSv1.2', suites, 'P-256']);
});

test('a policy of one certificate stands over what the context says', () => {
  const certificates = [certificateOptions('server-p384', own({ compliancePolicy: 'CNSA1_202603' }))];
  const more = { certificates, ecdhCurves: 'X25519' };
  const client = { ecdhCurves: 'X25519:P-384' };
  assert.deepEqual(agreed(more, client), ['server-p384', 'TLSv1.3', 'TLS_AES_256_GCM_SHA384', 'P-384']);
});

test('clients sign by more than servers ask for: by what BoringSSL lets each do', () => {
  const trust = { validation: validation(), requireClientCertificate: true };
  const events = (name: 'client' | 'server-ed25519', server: Partial<ServerTlsOptions>): readonly string[] =>
    world
      .connect(world.server({ ...trust, ...server }), world.client({ certificates: [certificateOptions(name)] }))
      .pump().server.events;
  assert.deepEqual(events('client', {}), ['connected']);
  assert.deepEqual(events('server-ed25519', {}), ['failed']);
  const both = { signatureAlgorithms: 'ed25519:ecdsa_secp256r1_sha256' };
  assert.deepEqual(events('server-ed25519', both), ['connected']);
  // What is asked for goes in the clear in TLS 1.2: a CertificateRequest (RFC 5246, section 7.4.4).
  const tls12 = { maxVersion: tlsVersions.tls12 };
  const pair = world.connect(world.server({ ...trust, ...tls12 }), world.client(tls12));
  pair.pumpOnce();
  const { toSend } = pair.server;
  const sent = Buffer.from(toSend.linearize(toSend.length)).toString('hex');
  const asked = '040308040401050308050501080606010201';
  assert.match(sent, new RegExp(`0d00.{4}020140${(asked.length / 2).toString(16).padStart(4, '0')}${asked}`));
});

test('peers do not sign by what BoringSSL does not let them', () => {
  const server = world.server({ certificates: [certificateOptions('server-ed25519')] });
  const pair = world.connect(server, world.client({ maxVersion: tlsVersions.tls12 })).pump();
  assert.deepEqual(pair.server.events, ['failed']);
});
