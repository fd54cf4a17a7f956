/** Which certificates of clients a validation context takes, and what is told of those that it refuses. */
import { createHash, X509Certificate } from 'node:crypto';
import { type CertificateName, pem, type TlsPeer } from '../../harness/tls-peers.ts';
import type { Suite } from '../case.ts';
import { certificates, file, server as listenerOf, pemFiles, type Row, rowSuite, withKeys } from './tls-context.ts';

const format =
  '%DOWNSTREAM_TLS_VERSION% %DOWNSTREAM_TLS_CIPHER% peer=%DOWNSTREAM_PEER_SUBJECT% issuer=%DOWNSTREAM_PEER_ISSUER% chain=%DOWNSTREAM_PEER_CHAIN_SERIALS% reason=%DOWNSTREAM_TRANSPORT_FAILURE_REASON% %RESPONSE_FLAGS% %CONNECTION_TERMINATION_DETAILS%';

const server = (name: string, validation: string, own = ''): string =>
  listenerOf(name, `${certificates('server')}, validation_context: {${validation}}`, own, format);
const required = 'require_client_certificate: true';
const ca = `trusted_ca: ${file('made/ca')}`;

/** In TLS 1.2 a client hears of its certificate before it sends anything, so that its alert is never lost. */
const with12 = (...names: readonly string[]): TlsPeer[] =>
  names.map((name) => ({ certificate: `made/${name}` as CertificateName, maxVersion: 'TLSv1.2' }));
const nobody: TlsPeer = { maxVersion: 'TLSv1.2' };
const in13 = (...names: readonly string[]): TlsPeer[] =>
  names.map((name) => ({ certificate: `made/${name}` as CertificateName, minVersion: 'TLSv1.3' }));

const everyone = ['client', 'untrusted-client', 'expired-client', 'revoked-client', 'chained-client', 'deep'];
const withCrl = ['client', 'revoked-client', 'chained-client', 'revoked-leaf', 'under-revoked'];
const usages = [
  ...['rsa', 'ec'].flatMap((key) =>
    ['digitalSignature', 'keyEncipherment', 'keyAgreement'].map((usage) => `usage-${key}-${usage}`),
  ),
  ...['serverAuth', 'clientAuth', 'codeSigning'].map((purpose) => `purpose-${purpose}`),
  'svid-ca',
];
const depths = ['client', 'chained-client', 'deep'];

const x509 = (name: string) => new X509Certificate(pem(`made/${name}`));
const hashOf = (name: string) => x509(name).fingerprint256.replaceAll(':', '').toLowerCase();
const keyHashOf = (name: string) =>
  createHash('sha256')
    .update(x509(name).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');

const trustRows: readonly Row[] = [
  ['ca', server('ca', ca), [nobody, ...with12(...everyone, ...usages), ...in13('client', 'chained-client')]],
  ['carequired', server('carequired', ca, required), [nobody, ...with12('client', 'untrusted-client')]],
  [
    'required',
    server('required', '', required),
    [nobody, ...with12('client', 'untrusted-client', 'expired-client', ...usages)],
  ],
  ['expired', server('expired', `${ca}, allow_expired_certificate: true`), with12('client', 'expired-client')],
  [
    'untrusted',
    server('untrusted', `${ca}, trust_chain_verification: ACCEPT_UNTRUSTED`),
    [nobody, ...with12(...everyone, 'purpose-codeSigning')],
  ],
  [
    'anyone',
    server('anyone', 'trust_chain_verification: ACCEPT_UNTRUSTED', required),
    [nobody, ...with12('client', 'untrusted-client')],
  ],
  ['twocas', server('twocas', `trusted_ca: ${file('cas')}`), with12('client', 'untrusted-client')],
  ['middle', server('middle', `trusted_ca: ${file('made/intermediate')}`), with12('client', ...depths)],
  ['leaf', server('leaf', `trusted_ca: ${file('made/client')}`), with12('client', 'chained-client')],
  ...[0, 1, 2, 3].map((depth): Row => {
    const name = `depth${depth}`;
    return [name, server(name, `${ca}, max_verify_depth: ${depth}`), with12(...depths)];
  }),
];

/** What an authority says of itself does not keep it from being trusted, save that it may not sign. */
const anchors = ['root', 'middle', 'none', 'serverAuth', 'unsigned'];
const anchorRows: readonly Row[] = [
  ...anchors.map((name): Row => {
    const client = name === 'root' || name === 'middle' ? 'anchor-client' : `anchor-${name}-client`;
    return [
      name.toLowerCase(),
      server(name.toLowerCase(), `trusted_ca: ${file(`made/anchor-${name}`)}`),
      [...with12(client), ...in13(client)],
    ];
  }),
  ['future', server('future', ca), with12('future-client')],
  ['curves', server('curves', ca), with12('client-p384', 'client-p521')],
];

const crl = (name: string) => `crl: ${file(`made/${name}`)}`;
const leafOnly = 'only_verify_leaf_cert_crl: true';
const crlRows: readonly Row[] = [
  ['crl', server('crl', `${ca}, ${crl('crl')}`), with12(...withCrl)],
  ['crlca', server('crlca', `${ca}, ${crl('crl-of-ca')}`), with12(...withCrl)],
  ['crlboth', server('crlboth', `${ca}, ${crl('crl-of-both')}`), with12(...withCrl)],
  ['crlmiddle', server('crlmiddle', `${ca}, ${crl('crl-of-intermediate')}`), with12(...withCrl)],
  ['crlleaf', server('crlleaf', `${ca}, ${crl('crl-of-both')}, ${leafOnly}`), with12(...withCrl)],
  ['crlmiddleleaf', server('crlmiddleleaf', `${ca}, ${crl('crl-of-intermediate')}, ${leafOnly}`), with12(...withCrl)],
  ['crlexpired', server('crlexpired', `${ca}, ${crl('crl-expired')}`), with12(...withCrl)],
  ['crlinca', server('crlinca', `trusted_ca: ${file('made/ca-with-crl')}`), with12(...withCrl)],
  [
    'crlanyone',
    server('crlanyone', `${ca}, ${crl('crl')}, trust_chain_verification: ACCEPT_UNTRUSTED`),
    with12(...withCrl),
  ],
];

const hash = (name: string) => `verify_certificate_hash: ["${hashOf(name)}"]`;
const keyHash = (name: string) => `verify_certificate_spki: ["${keyHashOf(name)}"]`;
const some = ['client', 'untrusted-client', 'expired-client', 'revoked-client'];
const hashRows: readonly Row[] = [
  ['hash', server('hash', hash('untrusted-client')), [nobody, ...with12(...some)]],
  ['spki', server('spki', keyHash('untrusted-client')), [nobody, ...with12(...some)]],
  ['hashorspki', server('hashorspki', `${hash('client')}, ${keyHash('untrusted-client')}`), with12(...some)],
  ['hashca', server('hashca', `${ca}, ${hash('untrusted-client')}`), with12(...some)],
  ['hashexpired', server('hashexpired', `${ca}, ${hash('expired-client')}`), with12(...some)],
  [
    'hashanyone',
    server('hashanyone', `${hash('client')}, trust_chain_verification: ACCEPT_UNTRUSTED`),
    [nobody, ...with12(...some)],
  ],
];

const sans = (...matchers: readonly string[]) => `${ca}, match_typed_subject_alt_names: [${matchers.join(', ')}]`;
const san = (type: string, matcher: string, more = '') => `{san_type: ${type}, matcher: {${matcher}}${more}}`;
const named = ['client', 'revoked-client', 'svid-dns', 'purpose-clientAuth'];
const nameTable: readonly (readonly [name: string, validation: string])[] = [
  ['dnsexact', sans(san('DNS', 'exact: client.example'))],
  ['dnsupper', sans(san('DNS', 'exact: CLIENT.example'))],
  ['dnswild', sans(san('DNS', 'exact: x.c.example'))],
  ['dnswilddeep', sans(san('DNS', 'exact: x.y.c.example'))],
  ['dnsprefix', sans(san('DNS', 'prefix: client'))],
  ['dnssuffix', sans(san('DNS', 'suffix: .c.example'))],
  ['dnscontains', sans(san('DNS', 'contains: lient.e'))],
  ['dnsregex', sans(san('DNS', 'safe_regex: {regex: "cl.*"}'))],
  ['dnsregexpart', sans(san('DNS', 'safe_regex: {regex: client}'))],
  ['dnsignore', sans(san('DNS', 'prefix: CLIENT, ignore_case: true'))],
  ['uri', sans(san('URI', 'exact: "spiffe://test/client"'))],
  ['uriprefix', sans(san('URI', 'prefix: "spiffe://test/"'))],
  ['uriupper', sans(san('URI', 'exact: "SPIFFE://test/client"'))],
  ['email', sans(san('EMAIL', 'exact: client@example.com'))],
  ['ip', sans(san('IP_ADDRESS', 'exact: 10.1.2.3'))],
  ['ip6', sans(san('IP_ADDRESS', 'exact: "2001:db8::1"'))],
  ['ipprefix', sans(san('IP_ADDRESS', 'prefix: "10."'))],
  ['other', sans(san('OTHER_NAME', 'exact: other', ', oid: 1.2.3.4'))],
  ['otheroid', sans(san('OTHER_NAME', 'exact: other', ', oid: 1.2.3.5'))],
  ['several', sans(san('URI', 'exact: nope'), san('DNS', 'exact: a.test'), san('EMAIL', 'suffix: .com'))],
  ['old', `${ca}, match_subject_alt_names: [{exact: client.example}]`],
  ['oldwild', `${ca}, match_subject_alt_names: [{exact: x.c.example}]`],
  ['olduri', `${ca}, match_subject_alt_names: [{prefix: "spiffe:"}]`],
  ['oldother', `${ca}, match_subject_alt_names: [{exact: other}]`],
  ['sananyone', `${sans(san('DNS', 'exact: nope'))}, trust_chain_verification: ACCEPT_UNTRUSTED`],
  ['sanhash', `${sans(san('DNS', 'exact: client.example'))}, ${hash('client')}`],
];
const nameRows = nameTable.map(
  ([name, validation]): Row => [
    name,
    server(name, validation),
    name === 'sananyone' ? [nobody, ...with12(...named)] : with12(...named),
  ],
);

const validator = (config: string) =>
  `custom_validator_config: {name: envoy.tls.cert_validator.spiffe, typed_config: {"@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig, ${config}}}`;
const domain = (name: string, ...bundle: readonly string[]) => `{name: ${name}, trust_bundle: ${bundle.join('')}}`;
const domains = (...list: readonly string[]) => validator(`trust_domains: [${list.join(', ')}]`);
const aByCa = domain('a.test', file('made/ca'));
const bByOther = domain('b.test', file('made/other-ca'));
const svids = [
  'a',
  'b',
  'a-by-other',
  'deep',
  'ca',
  'signs',
  'expired',
  'no-path',
  'other-scheme',
  'unknown',
  'two',
  'dns',
  'upper',
].map((name) => `svid-${name}`);
const bundleOf = (name: string) => x509(name).raw.toString('base64');
const bundles = JSON.stringify({
  trust_domains: {
    'a.test': { spiffe_sequence: 1, keys: [{ use: 'x509-svid', kty: 'EC', x5c: [bundleOf('ca')] }] },
    'b.test': { keys: [{ use: 'x509-svid', x5c: [bundleOf('other-ca')] }] },
  },
});
const spiffeRows: readonly Row[] = [
  ['spiffe', server('spiffe', domains(aByCa, bByOther)), [nobody, ...with12(...svids, 'client'), ...in13('svid-a')]],
  ['spiffeone', server('spiffeone', domains(bByOther)), with12('svid-a', 'svid-b')],
  [
    'spiffeexpired',
    server('spiffeexpired', `allow_expired_certificate: true, ${domains(aByCa)}`),
    with12('svid-a', 'svid-expired'),
  ],
  [
    'spiffeuri',
    server('spiffeuri', `match_typed_subject_alt_names: [${san('URI', 'suffix: /one')}], ${domains(aByCa, bByOther)}`),
    with12('svid-a', 'svid-b', 'svid-deep'),
  ],
  [
    'spiffedns',
    server('spiffedns', `match_typed_subject_alt_names: [${san('DNS', 'exact: nope')}], ${domains(aByCa)}`),
    with12('svid-a'),
  ],
  [
    'spiffecrl',
    server('spiffecrl', domains(domain('a.test', file('made/ca-with-crl')))),
    with12('svid-a', 'svid-deep'),
  ],
  [
    'spiffewithca',
    server('spiffewithca', `trusted_ca: ${file('made/other-ca')}, ${domains(aByCa)}`),
    with12('svid-a', 'svid-b'),
  ],
  [
    'spiffebundles',
    server('spiffebundles', validator('trust_bundles: {filename: "{{folder}}/bundles.json"}')),
    with12('svid-a', 'svid-b', 'svid-a-by-other', 'svid-unknown'),
  ],
  ['spiffehash', server('spiffehash', `${hash('client')}, ${domains(aByCa)}`), with12('svid-a')],
  ['spiffedepth', server('spiffedepth', `max_verify_depth: 1, ${domains(aByCa)}`), with12('svid-a', 'svid-deep')],
  [
    'spiffeanyone',
    server('spiffeanyone', `trust_chain_verification: ACCEPT_UNTRUSTED, ${domains(aByCa)}`),
    with12('svid-a', 'svid-b'),
  ],
];

const files = {
  ...pemFiles(
    ...withKeys('server'),
    ...[
      'ca',
      'other-ca',
      'intermediate',
      'client',
      'crl',
      'crl-of-ca',
      'crl-of-both',
      'crl-of-intermediate',
      'crl-expired',
      'ca-with-crl',
      ...anchors.map((name) => `anchor-${name}`),
    ].map((name) => `made/${name}`),
  ),
  'cas.pem': pem('made/ca') + pem('made/other-ca'),
  'bundles.json': bundles,
};
const suite = (name: string, rows: readonly Row[]): Suite => rowSuite(`tls-verification-${name}`, rows, files);

export const tlsVerification: readonly Suite[] = [
  suite('trust', trustRows),
  suite('anchors', anchorRows),
  suite('revocation', crlRows),
  suite('digests', hashRows),
  suite('names', nameRows),
  suite('spiffe', spiffeRows),
];
