/** TLS contexts, of listeners and of clusters, that Envoy takes or refuses. */
import { certificateBytes } from '../../harness/certificates.ts';
import type { VerdictTable } from '../case.ts';
import { clusterWith, listenerWith, type Row, rows } from '../minimal.ts';

const types = 'type.googleapis.com/envoy.extensions';
const empty = '{"@type": type.googleapis.com/google.protobuf.Empty}';
const texts = [
  'ca',
  'ca-key',
  'client-key',
  'crl',
  'must-staple',
  'must-staple-key',
  'nameless',
  'nameless-key',
  'rsa-1024',
  'rsa-1024-key',
  'server',
  'server-key',
  'server-key-encrypted',
  'server-key-encrypted-pkcs1',
  'server-rsa',
  'server-rsa-key',
  'server-p384',
  'server-p384-key',
  'server-ed25519',
  'server-ed25519-key',
];
const files: Readonly<Record<string, string>> = {
  ...Object.fromEntries(texts.map((name) => [`${name}.pem`, certificateBytes(`${name}.pem`).toString()])),
  garbage: 'garbage\n',
  empty: '',
};

const file = (name: string) => `{filename: "{{folder}}/${name}"}`;
const bytes = (name: string) => `{inline_bytes: ${certificateBytes(name).toString('base64')}}`;
const inlinePem = (name: string) => `{inline_string: ${JSON.stringify(files[`${name}.pem`])}}`;
const pair = (name: string, key = `${name}-key`, more = '') =>
  `{certificate_chain: ${file(`${name}.pem`)}, private_key: ${file(`${key}.pem`)}${more}}`;
const server = `tls_certificates: [${pair('server')}]`;
const ca = `trusted_ca: ${file('ca.pem')}`;
const secret = ', password: {inline_string: secret}';

function socket(type: string, common: string, more: string): string {
  const at = `"@type": ${types}.transport_sockets.tls.v3.${type}`;
  return `transport_socket: {name: tls, typed_config: {${at}, common_tls_context: {${common}}${more && `, ${more}`}}}`;
}
const echo = `{name: e, typed_config: {"@type": ${types}.filters.network.echo.v3.Echo}}`;
const downstream = (common: string, more = '') =>
  `filter_chains: [{filters: [${echo}], ${socket('DownstreamTlsContext', common, more)}}]`;
const upstream = (common: string, more = '') => socket('UpstreamTlsContext', common, more);

const certificates: readonly Row[] = [
  ['one', pair('server')],
  ['two of a kind', `${pair('server')}, ${pair('server')}`],
  ['ECDSA and RSA', `${pair('server')}, ${pair('server-rsa')}`],
  ['P-384', pair('server-p384')],
  ['Ed25519', pair('server-ed25519')],
  ['RSA 1024', pair('rsa-1024')],
  ['inline', `{certificate_chain: ${inlinePem('server')}, private_key: ${inlinePem('server-key')}}`],
  ['empty message', '{}'],
  ['no key', `{certificate_chain: ${file('server.pem')}}`],
  ['no chain', `{private_key: ${file('server-key.pem')}}`],
  ['missing chain file', pair('nothing', 'server-key')],
  ['missing key file', pair('server', 'nothing')],
  ['empty chain file', `{certificate_chain: ${file('empty')}, private_key: ${file('server-key.pem')}}`],
  ['empty key file', `{certificate_chain: ${file('server.pem')}, private_key: ${file('empty')}}`],
  ['garbage chain', `{certificate_chain: ${file('garbage')}, private_key: ${file('server-key.pem')}}`],
  ['garbage key', `{certificate_chain: ${file('server.pem')}, private_key: ${file('garbage')}}`],
  ['garbage inline chain', `{certificate_chain: {inline_string: x}, private_key: ${file('server-key.pem')}}`],
  ['garbage inline key', `{certificate_chain: ${file('server.pem')}, private_key: {inline_string: x}}`],
  ['empty data source', `{certificate_chain: {}, private_key: ${file('server-key.pem')}}`],
  ['empty inline chain', `{certificate_chain: {inline_string: ""}, private_key: ${file('server-key.pem')}}`],
  ['missing variable', `{certificate_chain: {environment_variable: NOPE_X}, private_key: ${file('server-key.pem')}}`],
  ['key of another', pair('server', 'client-key')],
  ['key of another type', pair('server', 'server-rsa-key')],
  ['no name', pair('nameless')],
  ['encrypted key without password', pair('server', 'server-key-encrypted')],
  ['encrypted key', pair('server', 'server-key-encrypted', secret)],
  ['encrypted key of the old form', pair('server', 'server-key-encrypted-pkcs1', secret)],
  ['encrypted key, wrong password', pair('server', 'server-key-encrypted', ', password: {inline_string: wrong}')],
  ['pkcs12', `{pkcs12: ${bytes('server.p12')}${secret}}`],
  ['pkcs12 without password', `{pkcs12: ${bytes('server.p12')}}`],
  ['pkcs12 garbage', `{pkcs12: ${file('garbage')}}`],
  ['pkcs12 and key', `{pkcs12: ${bytes('server.p12')}, private_key: ${file('server-key.pem')}}`],
  ['pkcs12 and chain', `{pkcs12: ${bytes('server.p12')}, certificate_chain: ${file('server.pem')}}`],
  ['key provider', `{certificate_chain: ${file('server.pem')}, private_key_provider: {provider_name: x}}`],
  ['key provider without name', `{certificate_chain: ${file('server.pem')}, private_key_provider: {}}`],
  ['ocsp', pair('server', 'server-key', `, ocsp_staple: ${bytes('server-ocsp.der')}`)],
  ['ocsp of another', pair('server', 'server-key', `, ocsp_staple: ${bytes('must-staple-ocsp.der')}`)],
  ['ocsp garbage', pair('server', 'server-key', `, ocsp_staple: ${file('garbage')}`)],
  ['ocsp empty', pair('server', 'server-key', `, ocsp_staple: ${file('empty')}`)],
  ['ocsp inline_string', pair('server', 'server-key', ', ocsp_staple: {inline_string: x}')],
  ['must-staple without', pair('must-staple')],
  ['must-staple', pair('must-staple', 'must-staple-key', `, ocsp_staple: ${bytes('must-staple-ocsp.der')}`)],
  [
    'signed_certificate_timestamp',
    pair('server', 'server-key', ', signed_certificate_timestamp: [{inline_string: x}]'),
  ],
];

const parameters: readonly Row[] = [
  ['ciphers', 'cipher_suites: ["[ECDHE-RSA-AES128-GCM-SHA256|ECDHE-RSA-CHACHA20-POLY1305]", AES256-SHA]'],
  ['ciphers unknown', 'cipher_suites: [nope, ECDHE-ECDSA-AES128-GCM-SHA256, alsonope]'],
  ['ciphers unknown in a group', 'cipher_suites: ["-ALL", "[ECDHE-RSA-AES128-GCM-SHA256|nope]"]'],
  ['ciphers of TLS 1.3', 'cipher_suites: [TLS_AES_128_GCM_SHA256]'],
  ['ciphers ALL', 'cipher_suites: [ALL]'],
  ['ciphers by strength', 'cipher_suites: [ALL, "@STRENGTH"]'],
  ['ciphers, an open bracket', 'cipher_suites: ["[ECDHE-RSA-AES128-GCM-SHA256|ECDHE-RSA-CHACHA20-POLY1305"]'],
  ['ciphers HIGH:!aNULL', 'cipher_suites: ["HIGH:!aNULL"]'],
  ['ciphers DHE', 'cipher_suites: [DHE-RSA-AES128-GCM-SHA256]'],
  ['ciphers CBC', 'cipher_suites: [ECDHE-RSA-AES128-SHA, AES256-SHA, AES128-GCM-SHA256]'],
  ['ciphers CBC SHA384', 'cipher_suites: [ECDHE-RSA-AES256-SHA384]'],
  ['ciphers CBC SHA256', 'cipher_suites: [ECDHE-RSA-AES128-SHA256]'],
  ['ciphers 3DES', 'cipher_suites: [DES-CBC3-SHA]'],
  ['ciphers PSK', 'cipher_suites: [PSK-AES128-CBC-SHA]'],
  ['ciphers RC4', 'cipher_suites: [RC4-SHA]'],
  ['ciphers by IANA', 'cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]'],
  ['ciphers empty', 'cipher_suites: [""]'],
  ['curves', 'ecdh_curves: [X25519, P-256, P-384, P-521]'],
  ['curves P-224', 'ecdh_curves: [P-224]'],
  ['curves secp256r1', 'ecdh_curves: [secp256r1]'],
  ['curves prime256v1', 'ecdh_curves: [prime256v1]'],
  ['curves lower case', 'ecdh_curves: [x25519]'],
  ['curves post-quantum', 'ecdh_curves: [X25519MLKEM768]'],
  ['curves MLKEM1024', 'ecdh_curves: [MLKEM1024]'],
  ['curves MLKEM768', 'ecdh_curves: [MLKEM768]'],
  ['curves SecP256r1MLKEM768', 'ecdh_curves: [SecP256r1MLKEM768]'],
  ['curves unknown', 'ecdh_curves: [nope, P-256]'],
  ['curves twice', 'ecdh_curves: [P-256, P-256]'],
  ['curves X448', 'ecdh_curves: [X448]'],
  ['curves ffdhe2048', 'ecdh_curves: [ffdhe2048]'],
  ['signature algorithms', 'signature_algorithms: [rsa_pss_rsae_sha256, ecdsa_secp256r1_sha256]'],
  ['signature algorithms of the old form', 'signature_algorithms: [RSA+SHA256, ECDSA+SHA256]'],
  ['signature algorithms ed25519', 'signature_algorithms: [ed25519, rsa_pkcs1_sha1, ecdsa_sha1]'],
  ['signature algorithms unknown', 'signature_algorithms: [nope]'],
  ['signature algorithms ML-DSA', 'signature_algorithms: [mldsa44, mldsa65, mldsa87]'],
  ['signature algorithms RSA-PSS', 'signature_algorithms: [RSA-PSS+SHA256]'],
  ['signature algorithms of RSA-PSS keys', 'signature_algorithms: [rsa_pss_pss_sha256]'],
  ['signature algorithms of old RSA', 'signature_algorithms: [rsa_pkcs1_sha256_legacy]'],
  ['signature algorithms MD5', 'signature_algorithms: [rsa_pkcs1_md5_sha1]'],
  ['signature algorithms Ed25519', 'signature_algorithms: [Ed25519]'],
  ['signature algorithms twice', 'signature_algorithms: [ed25519, ed25519]'],
  ['versions', 'tls_minimum_protocol_version: TLSv1_2, tls_maximum_protocol_version: TLSv1_3'],
  ['versions the wrong way round', 'tls_minimum_protocol_version: TLSv1_3, tls_maximum_protocol_version: TLSv1_2'],
  ['version 1.0', 'tls_minimum_protocol_version: TLSv1_0'],
  ['version up to 1.1', 'tls_maximum_protocol_version: TLSv1_1'],
  ['compliance FIPS', 'compliance_policies: [FIPS_202205]'],
  ['compliance CNSA2', 'compliance_policies: [CNSA2_202603], tls_maximum_protocol_version: TLSv1_2'],
  ['compliance CNSA1', 'compliance_policies: [CNSA1_202603], ecdh_curves: [X25519]'],
  ['compliance over a bad cipher', 'compliance_policies: [CNSA1_202603], cipher_suites: [nope]'],
  ['compliance two', 'compliance_policies: [FIPS_202205, CNSA2_202603]'],
];

const name = (kind: string, more = '') =>
  `match_typed_subject_alt_names: [{san_type: ${kind}, matcher: {exact: a}${more}}]`;
const validator = (config: string) =>
  `custom_validator_config: {name: envoy.tls.cert_validator.spiffe, typed_config: {"@type": ${types}.transport_sockets.tls.v3.SPIFFECertValidatorConfig${config && `, ${config}`}}}`;
const bundle = (name: string, source: string, more = '') => `{name: ${name}, trust_bundle: ${source}${more}}`;
const bundles = (...list: readonly string[]) => validator(`trust_domains: [${list.join(', ')}]`);
const bundleMap = (map: unknown) => validator(`trust_bundles: {inline_string: ${JSON.stringify(JSON.stringify(map))}}`);
const x5c = certificateBytes('ca.pem')
  .toString()
  .replaceAll(/-----.*-----|\s/g, '');
const keysOf = (...keys: readonly unknown[]) => bundleMap({ trust_domains: { a: { keys } } });
const spiffe: readonly Row[] = [
  ['spiffe', bundles(bundle('a', file('ca.pem')))],
  ['spiffe without domains', validator('')],
  ['spiffe twice', bundles(bundle('a', file('ca.pem')), bundle('a', file('ca.pem')))],
  [
    'spiffe twice, for two workloads',
    bundles(bundle('a', file('ca.pem'), ', workload_trust_domain: x'), bundle('a', file('ca.pem'))),
  ],
  ['spiffe without name', bundles(bundle('""', file('ca.pem')))],
  ['spiffe without bundle', bundles('{name: a}')],
  ['spiffe missing', bundles(bundle('a', file('nothing')))],
  ['spiffe empty', bundles(bundle('a', file('empty')))],
  ['spiffe garbage', bundles(bundle('a', file('garbage')))],
  ['spiffe key', bundles(bundle('a', file('ca-key.pem')))],
  ['spiffe crl alone', bundles(bundle('a', file('crl.pem')))],
  ['spiffe inline', bundles(bundle('a', inlinePem('ca')))],
  ['spiffe with names', `${bundles(bundle('a', file('ca.pem')))}, ${name('URI')}`],
  ['spiffe with names of DNS', `${bundles(bundle('a', file('ca.pem')))}, ${name('DNS')}`],
  ['spiffe with expired', `${bundles(bundle('a', file('ca.pem')))}, allow_expired_certificate: true`],
  ['spiffe with ca', `${ca}, ${bundles(bundle('a', file('ca.pem')))}`],
  ['spiffe with missing ca', `trusted_ca: ${file('nothing')}, ${bundles(bundle('a', file('ca.pem')))}`],
  ['spiffe with garbage ca', `trusted_ca: ${file('garbage')}, ${bundles(bundle('a', file('ca.pem')))}`],
  ['spiffe with crl', `crl: ${file('crl.pem')}, ${bundles(bundle('a', file('ca.pem')))}`],
  ['spiffe with bad hash', `verify_certificate_hash: [abcd], ${bundles(bundle('a', file('ca.pem')))}`],
  [
    'spiffe of another type',
    `custom_validator_config: {name: envoy.tls.cert_validator.spiffe, typed_config: ${empty}}`,
  ],
  ['spiffe unknown field', validator('nope: 1')],
  ['spiffe map', keysOf({ use: 'x509-svid', x5c: [x5c] })],
  [
    'spiffe map beside domains',
    validator(`trust_domains: [${bundle('a', file('nothing'))}], trust_bundles: {inline_string: "{}"}`),
  ],
  ['spiffe map empty', bundleMap({})],
  ['spiffe map no JSON', validator('trust_bundles: {inline_string: "{"}')],
  ['spiffe map of no domains', bundleMap({ trust_domains: {} })],
  ['spiffe map of a list', bundleMap({ trust_domains: [] })],
  ['spiffe map without keys', bundleMap({ trust_domains: { a: {} } })],
  ['spiffe map of no keys', keysOf()],
  ['spiffe map of jwt', keysOf({ use: 'jwt-svid', x5c: [x5c] })],
  ['spiffe map without use', keysOf({ x5c: [x5c] })],
  ['spiffe map without x5c', keysOf({ use: 'x509-svid' })],
  ['spiffe map of no x5c', keysOf({ use: 'x509-svid', x5c: [] })],
  ['spiffe map of garbage', keysOf({ use: 'x509-svid', x5c: ['!'] })],
  ['spiffe map of no certificate', keysOf({ use: 'x509-svid', x5c: ['AAAA'] })],
  ['spiffe map missing', validator(`trust_bundles: ${file('nothing')}`)],
];
const validation: readonly Row[] = [
  ['empty', ''],
  ['ca', ca],
  ['ca missing', `trusted_ca: ${file('nothing')}`],
  ['ca garbage', `trusted_ca: ${file('garbage')}`],
  ['ca empty', `trusted_ca: ${file('empty')}`],
  ['ca is a key', `trusted_ca: ${file('ca-key.pem')}`],
  ['ca garbage inline', 'trusted_ca: {inline_string: x}'],
  ['ca empty', 'trusted_ca: {inline_string: ""}'],
  ['ca of no bytes', 'trusted_ca: {inline_bytes: ""}'],
  ['ca of no variable', 'trusted_ca: {environment_variable: NOPE_X}'],
  ['crl empty', `trusted_ca: ${file('ca.pem')}, crl: {inline_string: ""}`],
  ['ca watched', `trusted_ca: ${file('ca.pem')}, watched_directory: {path: /nope}`],
  ['hash', `verify_certificate_hash: [${'ab'.repeat(32)}]`],
  ['hash with colons', `verify_certificate_hash: ["${Array(32).fill('AB').join(':')}"]`],
  ['hash short', 'verify_certificate_hash: [abcd]'],
  ['hash not hexadecimal', `verify_certificate_hash: [${'zz'.repeat(32)}]`],
  ['hash of 65', `verify_certificate_hash: [${'a'.repeat(65)}]`],
  ['spki', 'verify_certificate_spki: ["NvqYIYSbgK2vCJpQhObf77vv+bQWtc5ek5RIOwPiC9A="]'],
  ['spki not base64', `verify_certificate_spki: [${'n'.repeat(44)}]`],
  ['spki short', 'verify_certificate_spki: [NvqY]'],
  ['names without ca', name('DNS')],
  ['names', `${ca}, ${name('DNS')}`],
  ['names of no kind', `${ca}, match_typed_subject_alt_names: [{matcher: {exact: a}}]`],
  ['names without matcher', `${ca}, match_typed_subject_alt_names: [{san_type: DNS}]`],
  ['names OTHER_NAME without oid', `${ca}, ${name('OTHER_NAME')}`],
  ['names OTHER_NAME, bad oid', `${ca}, ${name('OTHER_NAME', ', oid: x.y')}`],
  ['names OTHER_NAME', `${ca}, ${name('OTHER_NAME', ', oid: 1.2.3.4')}`],
  ['names DNS with oid', `${ca}, ${name('DNS', ', oid: 1.2.3.4')}`],
  ['names of the old form', `${ca}, match_subject_alt_names: [{exact: a}]`],
  ['names of the old form without ca', 'match_subject_alt_names: [{exact: a}]'],
  ['names of both forms', `${ca}, match_subject_alt_names: [{exact: a}], ${name('DNS')}`],
  [
    'names by a bad regex',
    `${ca}, match_typed_subject_alt_names: [{san_type: DNS, matcher: {safe_regex: {regex: "("}}}]`,
  ],
  ['names, accepting untrusted', `${name('DNS')}, trust_chain_verification: ACCEPT_UNTRUSTED`],
  ['untrusted', 'trust_chain_verification: ACCEPT_UNTRUSTED'],
  ['sct', `${ca}, require_signed_certificate_timestamp: true`],
  ['crl', `${ca}, crl: ${file('crl.pem')}`],
  ['crl without ca', `crl: ${file('crl.pem')}`],
  ['crl missing', `${ca}, crl: ${file('nothing')}`],
  ['crl garbage', `${ca}, crl: ${file('garbage')}`],
  ['crl is a certificate', `${ca}, crl: ${file('ca.pem')}`],
  ['expired without ca', 'allow_expired_certificate: true'],
  ['expired', `${ca}, allow_expired_certificate: true`],
  ['custom validator', `custom_validator_config: {name: x, typed_config: ${empty}}`],
  ...spiffe,
  ['depth 0', `${ca}, max_verify_depth: 0`],
  ['depth 100', `${ca}, max_verify_depth: 100`],
  ['depth 101', `${ca}, max_verify_depth: 101`],
  ['suppress_client_ca_list', `${ca}, suppress_client_ca_list: true`],
  ['only_verify_leaf_cert_crl', `${ca}, crl: ${file('crl.pem')}, only_verify_leaf_cert_crl: true`],
];

const key = `{inline_bytes: ${Buffer.from('k'.repeat(80)).toString('base64')}}`;
const keyLog = (more: string) => `${server}, key_log: {path: "{{folder}}/keys"${more}}`;
const downstreams: readonly Row[] = [
  ['nothing', downstream('')],
  [
    'no common_tls_context',
    `filter_chains: [{filters: [${echo}], transport_socket: {name: tls, typed_config: {"@type": ${types}.transport_sockets.tls.v3.DownstreamTlsContext}}}]`,
  ],
  ['an upstream context', `filter_chains: [{filters: [${echo}], ${socket('UpstreamTlsContext', '', '')}}]`],
  ['must staple without', downstream(server, 'ocsp_staple_policy: MUST_STAPLE')],
  ['strict stapling without', downstream(server, 'ocsp_staple_policy: STRICT_STAPLING')],
  ['require_client_certificate alone', downstream(server, 'require_client_certificate: true')],
  ['ticket keys', downstream(server, `session_ticket_keys: {keys: [${key}]}`)],
  ['ticket keys short', downstream(server, 'session_ticket_keys: {keys: [{inline_string: short}]}')],
  ['ticket keys none', downstream(server, 'session_ticket_keys: {keys: []}')],
  ['ticket keys missing', downstream(server, `session_ticket_keys: {keys: [${file('nothing')}]}`)],
  ['stateless off', downstream(server, 'disable_stateless_session_resumption: true')],
  ['stateful off', downstream(server, 'disable_stateful_session_resumption: true')],
  ['session_timeout', downstream(server, 'session_timeout: 2.5s')],
  ['session_timeout negative', downstream(server, 'session_timeout: -1s')],
  ['session_timeout too long', downstream(server, 'session_timeout: 4294967297s')],
  ['full_scan_certs_on_sni_mismatch', downstream(server, 'full_scan_certs_on_sni_mismatch: true')],
  ['prefer_client_ciphers', downstream(server, 'prefer_client_ciphers: true')],
  ['require_sni', downstream(server, 'require_sni: true')],
  ['alpn', downstream(`${server}, alpn_protocols: [h2, http/1.1]`)],
  ['alpn with a comma', downstream(`${server}, alpn_protocols: ["h2,http/1.1"]`)],
  ['alpn empty', downstream(`${server}, alpn_protocols: [""]`)],
  ['alpn too long', downstream(`${server}, alpn_protocols: [${'a'.repeat(256)}]`)],
  ['key_log', downstream(keyLog(''))],
  ['key_log without path', downstream(`${server}, key_log: {}`)],
  ['key_log nowhere', downstream(`${server}, key_log: {path: /nowhere/x/y}`)],
  ['key_log with ranges', downstream(keyLog(', local_address_range: [{address_prefix: 127.0.0.1, prefix_len: 32}]'))],
  ['key_log with a bad range', downstream(keyLog(', remote_address_range: [{address_prefix: foo, prefix_len: 32}]'))],
  ['custom_handshaker', downstream(`${server}, custom_handshaker: {name: x, typed_config: ${empty}}`)],
  ['custom selector', downstream(`${server}, custom_tls_certificate_selector: {name: x, typed_config: ${empty}}`)],
];
const upstreams: readonly Row[] = [
  ['nothing', upstream('')],
  ['a downstream context', socket('DownstreamTlsContext', server, '')],
  ['a certificate', upstream(server)],
  ['two certificates', upstream(`tls_certificates: [${pair('server')}, ${pair('server')}]`)],
  ['sni', upstream('', 'sni: foo')],
  ['sni too long', upstream('', `sni: ${'a'.repeat(256)}`)],
  ['sni with NUL', upstream('', 'sni: "a\\0b"')],
  ['allow_renegotiation', upstream('', 'allow_renegotiation: true')],
  ['max_session_keys 0', upstream('', 'max_session_keys: 0')],
  ['enforce_rsa_key_usage', upstream('', 'enforce_rsa_key_usage: true')],
  ['auto_sni_san_validation alone', upstream('', 'auto_sni_san_validation: true')],
  ['auto_sni_san_validation without ca', upstream('validation_context: {}', 'auto_sni_san_validation: true')],
  ['auto_sni_san_validation', upstream(`validation_context: {${ca}}`, 'auto_sni_san_validation: true')],
  ['auto_host_sni', upstream('', 'auto_host_sni: true')],
  ['names without ca', upstream(`validation_context: {${name('DNS')}}`)],
  [
    'garbage ocsp',
    upstream(`tls_certificates: [${pair('server', 'server-key', `, ocsp_staple: ${file('garbage')}`)}]`),
  ],
];

/** What one certificate says, beside what the context does. */
const ownParams: readonly (readonly [what: string, own: string, context?: string])[] = [
  ['max 1.2', 'tls_maximum_protocol_version: TLSv1_2'],
  ['max 1.1', 'tls_maximum_protocol_version: TLSv1_1'],
  ['min 1.3, of the context max 1.2', 'tls_minimum_protocol_version: TLSv1_3', 'tls_maximum_protocol_version: TLSv1_2'],
  ['max 1.2, of the context min 1.3', 'tls_maximum_protocol_version: TLSv1_2', 'tls_minimum_protocol_version: TLSv1_3'],
  ['min 1.3', 'tls_minimum_protocol_version: TLSv1_3'],
  ['max 1.2, of the context CNSA2', 'tls_maximum_protocol_version: TLSv1_2', 'compliance_policies: [CNSA2_202603]'],
  ['CNSA2 and max 1.1', 'compliance_policies: [CNSA2_202603], tls_maximum_protocol_version: TLSv1_1'],
  ['two policies', 'compliance_policies: [FIPS_202205, CNSA2_202603]'],
  ['a bad cipher', 'cipher_suites: [nope]'],
  ['a bad curve', 'ecdh_curves: [nope]'],
  ['a bad signature algorithm', 'signature_algorithms: [nope]'],
  ['a bad cipher in the context', '', 'cipher_suites: [nope]'],
];
const withOwnParams = (own: string, context = '') =>
  `tls_certificates: [${pair('server', 'server-key', `, tls_params: {${own}}`)}]${context && `, tls_params: {${context}}`}`;

const within = (table: readonly Row[], wrap: (fragment: string) => string): Row[] =>
  table.map(([what, fragment]) => [what, downstream(wrap(fragment))]);

export const verdictTls: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-tls',
  files,
  configs: [
    ...rows(
      'certificates',
      listenerWith,
      within(certificates, (list) => `tls_certificates: [${list}]`),
    ),
    ...rows(
      'params',
      listenerWith,
      within(parameters, (params) => `${server}, tls_params: {${params}}`),
    ),
    ...rows(
      'validation',
      listenerWith,
      within(validation, (context) => `${server}, validation_context: {${context}}`),
    ),
    ...rows(
      'certificate params',
      listenerWith,
      ownParams.map(([what, own, context]) => [what, downstream(withOwnParams(own, context))]),
    ),
    ...rows(
      'client certificate params',
      clusterWith,
      ownParams.map(([what, own, context]) => [what, upstream(withOwnParams(own, context))]),
    ),
    ...rows('downstream', listenerWith, downstreams),
    ...rows('upstream', clusterWith, upstreams),
  ],
};
