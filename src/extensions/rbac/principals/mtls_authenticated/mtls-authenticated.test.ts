import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SslInfo } from '../../../../../sdk/network.ts';
import type { StreamInfo } from '../../../../../sdk/stream-info.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { mtlsAuthenticated } from './index.ts';

const TYPE = 'envoy.extensions.rbac.principals.mtls_authenticated.v3.Config';
const { read } = configReader([mtlsAuthenticated]);

type Peer = Partial<SslInfo> | undefined;
const names: SslInfo['peer'] = {
  subjectAltNames: [
    { kind: 'URI', text: 'spiffe://a', oid: '' },
    { kind: 'DNS', text: '*.test', oid: '' },
    { kind: 'OTHER_NAME', text: 'x', oid: '1.2.3' },
  ],
} as unknown as SslInfo['peer'];

function admits(json: object, ssl: Peer): boolean {
  const { config, problems } = read(TYPE, json as never);
  assert.deepEqual(problems, []);
  const streamInfo = { downstreamConnection: { ssl } } as unknown as StreamInfo;
  return mtlsAuthenticated.createRule(config as never)({ headers: undefined, streamInfo });
}
const validated: Peer = { peerCertificateValidated: true, peer: names };

test('any client whose certificate was validated', () => {
  const anybody = { any_validated_client_certificate: true };
  assert.equal(admits(anybody, validated), true);
  assert.equal(admits(anybody, { peerCertificateValidated: false, peer: names }), false);
  assert.equal(admits(anybody, undefined), false);
});

test('clients by a name of theirs', () => {
  const by = (san_type: string, matcher: object, more = {}) =>
    admits({ san_matcher: { san_type, matcher, ...more } }, validated);
  assert.equal(by('URI', { prefix: 'spiffe' }), true);
  assert.equal(by('DNS', { prefix: 'spiffe' }), false);
  assert.equal(by('DNS', { exact: 'client.test' }), true);
  assert.equal(by('OTHER_NAME', { exact: 'x' }, { oid: '1.2.3' }), true);
  assert.equal(by('OTHER_NAME', { exact: 'x' }, { oid: '1.2.4' }), false);
});

test('something has to be asked for', () => {
  assert.match(read(TYPE, {}).problems.join(), /At least one configuration field must be set/);
});
