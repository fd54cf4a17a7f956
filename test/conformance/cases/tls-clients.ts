/** TLS of clusters: what is offered to upstreams of all kinds, and which of their certificates are taken. */
import type { CertificateName, TlsPeer } from '../../harness/tls-peers.ts';
import type { Case, Suite, TlsUpstream } from '../case.ts';
import { bootstrap, cluster, hcm, listener, to } from '../config.ts';
import { get } from '../requests.ts';
import { certificate, certificates, file, pemFiles, withKeys } from './tls-context.ts';

const types = 'type.googleapis.com/envoy.extensions';
const format =
  '%UPSTREAM_TLS_VERSION% %UPSTREAM_TLS_CIPHER% %UPSTREAM_TLS_GROUP% peer=%UPSTREAM_PEER_SUBJECT% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_TRANSPORT_FAILURE_REASON%';

/** By the name of its cluster: the upstream that it goes to, and what is in its TLS context. */
type Row = readonly [name: string, upstream: string, common: string, own?: string];

const tls = (common: string, own: string) => `transport_socket:
  name: tls
  typed_config: {"@type": ${types}.transport_sockets.tls.v3.UpstreamTlsContext, common_tls_context: {${common}}${own && `, ${own}`}}
`;
const presents = (name: string, more: Partial<TlsPeer> = {}): TlsUpstream => ({
  kind: 'http',
  tls: { certificate: name as CertificateName, ...more },
});
const versions = (max: string) => `tls_params: {tls_maximum_protocol_version: ${max}}`;
const params = (text: string) => `tls_params: {tls_maximum_protocol_version: TLSv1_3, ${text}}`;
const trust = (name = 'made/ca', more = '') => `validation_context: {trusted_ca: ${file(name)}${more}}`;
const san = (type: string, matcher: string) =>
  `, match_typed_subject_alt_names: [{san_type: ${type}, matcher: {${matcher}}}]`;

/** Each row is asked twice, so that sessions may be resumed; statistics are looked at after that. */
function suite(
  name: string,
  rows: readonly Row[],
  upstreams: Readonly<Record<string, TlsUpstream>>,
  files: Readonly<Record<string, string>>,
): Suite {
  const log = { name: 'in', format };
  const cases = rows.map(
    ([to]): Case => ({
      name: to,
      steps: [
        get('in', `/${to}/`, ['host: server.example'], { logs: ['in'], only: '^$' }),
        get('in', `/${to}/`, ['host: server.example'], {
          logs: ['in'],
          only: '^$',
          stats: `^cluster\\.${to}\\.(ssl\\.|upstream_cx_connect_fail)`,
        }),
      ],
    }),
  );
  return {
    kind: 'traffic',
    name: `tls-client-${name}`,
    config: bootstrap(
      [listener('in', hcm({ routes: rows.map(([to_]) => to(to_, `/${to_}/`)).join(''), log }))],
      rows.map(([to, upstream, common, own = '']) =>
        cluster(to, [upstream], `max_requests_per_connection: 1\n${tls(common, own)}`),
      ),
    ),
    upstreams,
    files,
    cases,
  };
}

const usages = ['rsa', 'ec'].flatMap((key) =>
  ['digitalSignature', 'keyEncipherment', 'keyAgreement'].map((usage) => `usage-${key}-${usage}`),
);
const purposes = ['serverAuth', 'clientAuth', 'codeSigning'].map((purpose) => `purpose-${purpose}`);
const short = (name: string) =>
  name
    .replace(/^usage-|^purpose-/, '')
    .toLowerCase()
    .replaceAll('-', '');
const usageUpstreams = Object.fromEntries(
  [...usages, ...purposes].map((name) => [short(name), presents(`made/${name}`)]),
);
const onlyRsa = 'tls_params: {cipher_suites: [AES128-GCM-SHA256]}';
const usageRows: readonly Row[] = [
  ...[...usages, ...purposes].flatMap((name): Row[] => [
    [`n${short(name)}`, short(name), ''],
    [`t${short(name)}`, short(name), trust()],
    [`m${short(name)}`, short(name), versions('TLSv1_3')],
  ]),
  ...usages.flatMap((name): Row[] => [
    [`e${short(name)}`, short(name), '', 'enforce_rsa_key_usage: true'],
    [`f${short(name)}`, short(name), '', 'enforce_rsa_key_usage: false'],
  ]),
  ...usages.slice(0, 3).flatMap((name): Row[] => [
    [`k${short(name)}`, short(name), onlyRsa],
    [`l${short(name)}`, short(name), onlyRsa, 'enforce_rsa_key_usage: false'],
  ]),
];

const offers: readonly Row[] = [
  ['plain', 'any', ''],
  ['max13', 'any', versions('TLSv1_3')],
  ['min13', 'any', 'tls_params: {tls_minimum_protocol_version: TLSv1_3, tls_maximum_protocol_version: TLSv1_3}'],
  ['only12', 'v13', ''],
  ['only13', 'v12', 'tls_params: {tls_minimum_protocol_version: TLSv1_3, tls_maximum_protocol_version: TLSv1_3}'],
  ['old', 'v10', 'tls_params: {tls_minimum_protocol_version: TLSv1_0}'],
  ['toonew', 'v10', ''],
  ['ciphers', 'any', 'tls_params: {cipher_suites: [ECDHE-RSA-AES256-GCM-SHA384, ECDHE-ECDSA-AES256-GCM-SHA384]}'],
  ['nociphers', 'any', 'tls_params: {cipher_suites: [AES128-SHA]}'],
  ['groups', 'any', params('ecdh_curves: [P-384]')],
  ['hybrid', 'any', params('ecdh_curves: [X25519MLKEM768, X25519]')],
  ['nogroups', 'x25519', params('ecdh_curves: [P-384]')],
  ['nogroups12', 'x25519', 'tls_params: {ecdh_curves: [P-384]}'],
  ['signatures', 'any', params('signature_algorithms: [ecdsa_secp256r1_sha256]')],
  ['nosignatures', 'any', params('signature_algorithms: [rsa_pss_rsae_sha256]')],
  ['rsa', 'rsa', params('signature_algorithms: [rsa_pss_rsae_sha512, rsa_pkcs1_sha512]')],
  ['rsa12', 'rsa', 'tls_params: {signature_algorithms: [rsa_pkcs1_sha384]}'],
  ['alpn', 'alpn', 'alpn_protocols: [x, http/1.1]'],
  ['noalpn', 'alpn', 'alpn_protocols: [x]'],
  ['certificate', 'asks', certificates('made/client')],
  ['certificate13', 'asks', `${certificates('made/client')}, ${versions('TLSv1_3')}`],
  ['nocertificate', 'asks', ''],
  ['rsacertificate', 'asks', certificates('made/server-rsa')],
  // What a certificate says of itself is for servers.
  [
    'certificateparams',
    'asks',
    `tls_certificates: [${certificate('made/client', ', tls_params: {tls_maximum_protocol_version: TLSv1_3, cipher_suites: [ECDHE-ECDSA-AES256-GCM-SHA384]}')}]`,
  ],
  ['cnsa1', 'any', 'tls_params: {compliance_policies: [CNSA1_202603]}'],
  ['cnsa2', 'p384', 'tls_params: {compliance_policies: [CNSA2_202603]}'],
  ['cnsa1p384', 'p384', 'tls_params: {compliance_policies: [CNSA1_202603]}'],
  ['quantum', 'any', params('ecdh_curves: [MLKEM1024, X25519]')],
  ['sni', 'any', '', 'sni: a.test'],
  ['hostsni', 'any', '', 'auto_host_sni: true'],
  ['hostsnibeside', 'any', '', 'auto_host_sni: true, sni: a.test'],
  ['sessions', 'any', '', 'max_session_keys: 3'],
  ['nosessions', 'any', '', 'max_session_keys: 0'],
  ['sessions13', 'any', versions('TLSv1_3')],
  ['nosessions13', 'any', versions('TLSv1_3'), 'max_session_keys: 0'],
];
const offerUpstreams: Readonly<Record<string, TlsUpstream>> = {
  any: presents('made/server'),
  v10: presents('made/server', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
  v12: presents('made/server', { maxVersion: 'TLSv1.2' }),
  v13: presents('made/server', { minVersion: 'TLSv1.3' }),
  x25519: presents('made/server', { groups: 'X25519' }),
  rsa: presents('made/server-rsa'),
  alpn: presents('made/server', { alpn: ['http/1.1'] }),
  asks: presents('made/server', { asksForCertificate: true }),
  p384: presents('made/server-p384', { groups: 'P-384:MLKEM1024' }),
};

const names: readonly Row[] = [
  ['ca', 'server', trust()],
  ['otherca', 'server', trust('made/other-ca')],
  ['chain', 'chain', trust()],
  ['chaindepth', 'chain', trust('made/ca', ', max_verify_depth: 1')],
  ['untrusted', 'server', trust('made/other-ca', ', trust_chain_verification: ACCEPT_UNTRUSTED')],
  ['expired', 'expired', trust()],
  ['expiredok', 'expired', trust('made/ca', ', allow_expired_certificate: true')],
  ['revoked', 'revoked', trust('made/ca', `, crl: ${file('made/crl')}`)],
  ['dns', 'server', trust('made/ca', san('DNS', 'exact: server.example'))],
  ['nodns', 'server', trust('made/ca', san('DNS', 'exact: other.example'))],
  ['uri', 'server', trust('made/ca', san('URI', 'prefix: "spiffe://test/"'))],
  ['ip', 'server', trust('made/ca', san('IP_ADDRESS', 'exact: 127.0.0.1'))],
  ['hash', 'server', `validation_context: {verify_certificate_hash: [${'ab'.repeat(32)}]}`],
  ['sni', 'server', trust(), 'sni: server.example, auto_sni_san_validation: true'],
  ['sniwild', 'server', trust(), 'sni: x.wild.example, auto_sni_san_validation: true'],
  ['sniwrong', 'server', trust(), 'sni: other.example, auto_sni_san_validation: true'],
  ['snicommon', 'common', trust(), 'sni: ed25519.example, auto_sni_san_validation: true'],
  ['sninone', 'server', trust(), 'auto_sni_san_validation: true'],
  [
    'snibeside',
    'server',
    trust('made/ca', san('URI', 'prefix: nope')),
    'sni: server.example, auto_sni_san_validation: true',
  ],
  [
    'snibesidewrong',
    'server',
    trust('made/ca', san('URI', 'prefix: spiffe')),
    'sni: other.example, auto_sni_san_validation: true',
  ],
  ['sniip', 'server', trust(), 'sni: 127.0.0.1, auto_sni_san_validation: true'],
  ['snihost', 'server', trust(), 'auto_host_sni: true, sni: server.example, auto_sni_san_validation: true'],
];
const nameUpstreams: Readonly<Record<string, TlsUpstream>> = {
  server: presents('made/server'),
  chain: presents('made/server-chain'),
  expired: presents('made/expired-client'),
  revoked: presents('made/revoked-client'),
  common: presents('made/server-ed25519'),
};

export const tlsClients: readonly Suite[] = [
  suite('usage', usageRows, usageUpstreams, pemFiles('made/ca')),
  suite('offers', offers, offerUpstreams, pemFiles(...withKeys('made/client', 'made/server-rsa'))),
  suite('names', names, nameUpstreams, pemFiles('made/ca', 'made/other-ca', 'made/crl')),
];
