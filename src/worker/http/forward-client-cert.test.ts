import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateInfo, Connection, SslInfo } from '../../../sdk/network.ts';
import { requestHeaders } from '../../../test/harness/http-manager.ts';
import type { ClientCertDetail, ClientCertFormat } from './client-cert-element.ts';
import {
  type ForwardClientCertMode,
  type ForwardClientCertRules,
  mutateForwardedClientCert,
} from './forward-client-cert.ts';

const every: readonly ClientCertDetail[] = ['Cert', 'Chain', 'Subject', 'URI', 'DNS', 'Issuer'];
const peer = {
  sha256Digest: 'ab12',
  subject: 'CN=client \\"one\\",O=Nuncio\\, Ltd',
  issuer: 'CN=CA',
  pem: '-----BEGIN\n+/=\n',
  uriSans: ['spiffe://c', 'https://c'],
  dnsSans: ['c.test', '*.c.test'],
} as unknown as CertificateInfo;
const issuer = { pem: 'issuer\n' } as unknown as CertificateInfo;
const local = { uriSans: ['spiffe://s'] } as unknown as CertificateInfo;

const mutual = { peerCertificatePresented: true, peer, peerChain: [peer, issuer], local } as unknown as SslInfo;
const oneSided = { peerCertificatePresented: false, peer: undefined, peerChain: [], local } as unknown as SslInfo;

function mutate(rules: ForwardClientCertRules, ssl: SslInfo | undefined, sent: string | undefined): string | undefined {
  const headers = requestHeaders(sent === undefined ? {} : { 'x-forwarded-client-cert': sent });
  mutateForwardedClientCert(headers, sent !== undefined, { info: { ssl } } as unknown as Connection, rules);
  return headers.get('x-forwarded-client-cert');
}

const rulesOf = (
  mode: ForwardClientCertMode,
  details: readonly ClientCertDetail[] = [],
  format: ClientCertFormat = 'Text',
): ForwardClientCertRules => ({
  matcher: undefined,
  otherwise: { mode, details, format },
});

test('what each mode leaves of the header and adds to it', () => {
  const own = 'By=spiffe://s;Hash=ab12';
  const cases: readonly (readonly [
    ForwardClientCertMode,
    string | undefined,
    string | undefined,
    string | undefined,
  ])[] = [
    ['Sanitize', undefined, undefined, undefined],
    ['ForwardOnly', 'x', undefined, undefined],
    ['AppendForward', `x,${own}`, undefined, undefined],
    ['SanitizeSet', own, undefined, undefined],
    ['AlwaysForwardOnly', 'x', 'x', 'x'],
  ];
  for (const [mode, withCertificate, withTls, inTheClear] of cases) {
    const results = [mutual, oneSided, undefined].map((ssl) => mutate(rulesOf(mode), ssl, 'x'));
    assert.deepEqual(results, [withCertificate, withTls, inTheClear], mode);
  }
  assert.equal(mutate(rulesOf('AppendForward'), mutual, undefined), own);
});

test('every detail stands in Envoy’s order and encoding', () => {
  const parts = [
    'By=spiffe://s',
    'Hash=ab12',
    'Cert="-----BEGIN%0A%2B%2F%3D%0A"',
    'Chain="-----BEGIN%0A%2B%2F%3D%0Aissuer%0A"',
    'Subject="CN=client \\"one\\",O=Nuncio\\, Ltd"',
    'URI=spiffe://c',
    'URI=https://c',
    'DNS=c.test',
    'DNS=*.c.test',
    'Issuer="CN=CA"',
  ];
  assert.equal(mutate(rulesOf('SanitizeSet', every), mutual, 'x'), parts.join(';'));
});

test('By is told of each URI of our own certificate', () => {
  const by = (...uriSans: string[]): string | undefined =>
    mutate(rulesOf('SanitizeSet'), { ...mutual, local: { uriSans } } as unknown as SslInfo, undefined);
  assert.equal(by('spiffe://a', 'spiffe://b'), 'By=spiffe://a;By=spiffe://b;Hash=ab12');
  assert.equal(by(), 'Hash=ab12');
});

test('as JSON it is a list of objects, without what is empty', () => {
  const json = (details: readonly ClientCertDetail[], ssl = mutual) =>
    mutate(rulesOf('SanitizeSet', details, 'Json'), ssl, 'x');
  assert.deepEqual(JSON.parse(json(every) ?? ''), [
    {
      by: ['spiffe://s'],
      hash: 'ab12',
      cert: peer.pem,
      chain: [peer.pem, issuer.pem],
      subject: peer.subject,
      uri: peer.uriSans,
      dns: peer.dnsSans,
      issuer: 'CN=CA',
    },
  ]);
  const plain = { ...mutual, local: undefined, peer: { ...peer, uriSans: [], dnsSans: [] } } as unknown as SslInfo;
  assert.equal(json(['URI', 'DNS'], plain), '[{"hash":"ab12"}]');
});

test('what is appended is written as what stands before it, whatever the format', () => {
  const object = '{"by":["spiffe://s"],"hash":"ab12"}';
  const append = (format: ClientCertFormat, sent: string) => mutate(rulesOf('AppendForward', [], format), mutual, sent);
  for (const format of ['Text', 'Json'] as const) {
    assert.equal(append(format, '[{"a":1}]'), `[{"a":1},${object}]`);
    assert.equal(append(format, 'x'), 'x,By=spiffe://s;Hash=ab12');
    assert.equal(append(format, '[x'), '[x,By=spiffe://s;Hash=ab12');
  }
  assert.equal(append('Json', ''), `[${object}]`);
});

test('a certificate without names has an empty URI and no DNS', () => {
  const plain = { ...mutual, peer: { ...peer, uriSans: [], dnsSans: [] } } as SslInfo;
  assert.equal(mutate(rulesOf('SanitizeSet', ['URI', 'DNS']), plain, undefined), 'By=spiffe://s;Hash=ab12;URI=');
});

test('the matcher decides, and what holds otherwise where nothing matches', () => {
  const rules: ForwardClientCertRules = {
    matcher: {
      match: ({ requestHeaders: headers }) =>
        headers?.get('x-forwarded-client-cert') === 'known'
          ? { mode: 'AppendForward', details: [], format: 'Text' }
          : 'no_match',
    },
    otherwise: { mode: 'AlwaysForwardOnly', details: [], format: 'Text' },
  };
  assert.equal(mutate(rules, mutual, 'known'), 'known,By=spiffe://s;Hash=ab12');
  assert.equal(mutate(rules, mutual, 'other'), 'other');
});
