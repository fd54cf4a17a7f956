import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { certificateOptions } from '../../../test/harness/certificates.ts';
import { TlsWorldForTests } from '../../../test/harness/tls-pair.ts';
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

test('peers do not sign by what BoringSSL does not let them', () => {
  const server = world.server({ certificates: [certificateOptions('server-ed25519')] });
  const pair = world.connect(server, world.client({ maxVersion: tlsVersions.tls12 })).pump();
  assert.deepEqual(pair.server.events, ['failed']);
});
