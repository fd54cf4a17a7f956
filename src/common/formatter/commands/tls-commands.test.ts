import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateInfo, SslInfo } from '../../../../sdk/network.ts';
import type { StreamInfo } from '../../../../sdk/stream-info.ts';
import { loggedStream, testConfig } from '../../../../test/harness/logged-stream.ts';
import { tlsCommands } from './tls-commands.ts';

/** A certificate of which every fact has a value of its own. */
const certificate = (who: string, fromMs = 0): CertificateInfo => ({
  subject: `CN=${who}`,
  issuer: `CN=issuer of ${who}`,
  commonName: who,
  organizationNames: [],
  serialNumber: `serial-${who}`,
  sha256Digest: `sha256-${who}`,
  sha1Digest: `sha1-${who}`,
  subjectAltNames: [],
  uriSans: [`uri:${who}`, 'uri:2'],
  dnsSans: [`${who}.test`, '2.test'],
  emailSans: [`a@${who}`, 'b@2'],
  ipSans: ['1.2.3.4', '::1'],
  otherNameSans: [`other-${who}`, 'other-2'],
  oids: [],
  validFromMs: fromMs,
  expirationMs: fromMs + 86_400_000,
  pem: `-----${who}\n+/`,
});

const facts: SslInfo = {
  tlsVersion: 'TLSv1.2',
  cipherSuite: 'ECDHE-A',
  cipherSuiteId: 1,
  tlsGroup: 'X25519',
  sessionId: '5e55',
  sni: 'sni.test',
  alpn: 'h2',
  sessionReused: false,
  peerCertificatePresented: true,
  peerCertificateValidated: true,
  local: certificate('local'),
  peer: certificate('peer', Date.UTC(2024, 1, 29, 1, 2, 3, 4)),
  peerChain: [certificate('peer'), certificate('chain')],
  peerIssuer: certificate('issuer'),
};
const nothing = { ...facts, peer: undefined, local: undefined, peerChain: [], peerIssuer: undefined, sessionId: '' };

const session: readonly (readonly [string, string])[] = [
  ['TLS_VERSION', 'TLSv1.2'],
  ['TLS_CIPHER', 'ECDHE-A'],
  ['TLS_SESSION_ID', '5e55'],
  ['TLS_GROUP', 'X25519'],
];
const peer: readonly (readonly [string, string])[] = [
  ['PEER_CERT', '-----peer%0A%2B%2F'],
  ['PEER_SUBJECT', 'CN=peer'],
  ['PEER_ISSUER', 'CN=issuer of peer'],
  ['PEER_CERT_V_START', '2024-02-29T01:02:03.004Z'],
  ['PEER_CERT_V_END', '2024-03-01T01:02:03.004Z'],
  ['PEER_URI_SAN', 'uri:peer,uri:2'],
  ['PEER_DNS_SAN', 'peer.test,2.test'],
  ['PEER_IP_SAN', '1.2.3.4,::1'],
];
const local: readonly (readonly [string, string])[] = [
  ['LOCAL_URI_SAN', 'uri:local,uri:2'],
  ['LOCAL_DNS_SAN', 'local.test,2.test'],
  ['LOCAL_IP_SAN', '1.2.3.4,::1'],
];
/** Of the downstream alone, as in Envoy. */
const more: readonly (readonly [string, string])[] = [
  ['PEER_EMAIL_SAN', 'a@peer,b@2'],
  ['PEER_OTHERNAME_SAN', 'other-peer,other-2'],
  ['PEER_FINGERPRINT_256', 'sha256-peer'],
  ['PEER_FINGERPRINT_1', 'sha1-peer'],
  ['PEER_SERIAL', 'serial-peer'],
  ['PEER_CHAIN_FINGERPRINTS_256', 'sha256-peer,sha256-chain'],
  ['PEER_CHAIN_FINGERPRINTS_1', 'sha1-peer,sha1-chain'],
  ['PEER_CHAIN_SERIALS', 'serial-peer,serial-chain'],
  ['PEER_ISSUER_FINGERPRINT_256', 'sha256-issuer'],
  ['PEER_ISSUER_SERIAL', 'serial-issuer'],
  ['LOCAL_EMAIL_SAN', 'a@local,b@2'],
  ['LOCAL_OTHERNAME_SAN', 'other-local,other-2'],
  ['LOCAL_SUBJECT', 'CN=local'],
];

const expected = new Map([
  ...[...session, ...peer, ...local, ...more].map(([name, value]) => [`DOWNSTREAM_${name}`, value] as const),
  ...[...session, ...peer, ...local].map(([name, value]) => [`UPSTREAM_${name}`, value] as const),
]);

/** A stream whose one side has TLS. */
function infoOf(side: 'DOWNSTREAM' | 'UPSTREAM', ssl: SslInfo | undefined): StreamInfo {
  const [downstream, upstream] = side === 'DOWNSTREAM' ? [ssl, undefined] : [undefined, ssl];
  return {
    downstreamConnection: { ssl: downstream },
    upstream: { connectionInfo: { ssl: upstream } },
  } as unknown as StreamInfo;
}

function said(name: string, info: StreamInfo): string | undefined {
  const { ctx, faults } = testConfig();
  const command = new Map(tlsCommands).get(name);
  const provider = command?.create({ params: '', maxLength: undefined }, ctx);
  assert.deepEqual(faults(), []);
  return provider?.text(loggedStream().context, info);
}

test('there are these operators and no others', () => {
  assert.deepEqual(tlsCommands.map(([name]) => name).toSorted(), [...expected.keys()].toSorted());
});

for (const [name, value] of expected) {
  test(`%${name}% tells of its side what its name says, and of nothing nothing`, () => {
    const side = name.startsWith('UPSTREAM') ? 'UPSTREAM' : 'DOWNSTREAM';
    const other = side === 'UPSTREAM' ? 'DOWNSTREAM' : 'UPSTREAM';
    assert.equal(said(name, infoOf(side, facts)), value);
    assert.equal(said(name, infoOf(other, facts)), undefined);
    if (!/TLS_(VERSION|CIPHER|GROUP)/.test(name)) assert.equal(said(name, infoOf(side, nothing)), undefined);
  });
}

test('times of certificates are written as they are wanted', () => {
  const { ctx } = testConfig();
  for (const [name, expectedTime] of [
    ['DOWNSTREAM_PEER_CERT_V_START', '29.02.24'],
    ['UPSTREAM_PEER_CERT_V_END', '01.03.24'],
  ] as const) {
    const provider = new Map(tlsCommands).get(name)?.create({ params: '%d.%m.%y', maxLength: undefined }, ctx);
    const side = name.startsWith('UPSTREAM') ? 'UPSTREAM' : 'DOWNSTREAM';
    assert.equal(provider?.text(loggedStream().context, infoOf(side, facts)), expectedTime);
  }
});
