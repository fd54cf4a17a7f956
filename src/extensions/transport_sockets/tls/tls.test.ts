import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { certificateBytes, certificatePath as path } from '../../../../test/harness/certificates.ts';
import { configReader } from '../../../../test/harness/extension-config.ts';
import type { JsonInput } from '../../../common/proto/json-value.ts';
import type { ClientTlsOptions, ServerTlsOptions } from '../../../network/tls/tls-options.ts';
import { TlsThread } from '../../../network/tls/tls-thread.ts';
import { tls, tlsDownstream } from './index.ts';

const thread = new TlsThread();
const types = 'envoy.extensions.transport_sockets.tls.v3';
const reader = configReader([tls, tlsDownstream], {
  readFile: (file) => {
    try {
      return readFileSync(file);
    } catch (error) {
      return { error: String(error) };
    }
  },
  environmentVariable: (name) => (name === 'CERTIFICATE' ? certificateBytes('server.pem').toString() : undefined),
  checkLogFile: (file) => (file.startsWith('/nowhere') ? 'No such file or directory' : undefined),
  shared: <T>() => thread as T,
});

type Json = Readonly<Record<string, JsonInput>>;

const file = (name: string): JsonInput => ({ filename: path(name) });
const pair = (certificate: string, key = `${certificate}-key`, more: Json = {}): JsonInput => ({
  certificate_chain: file(`${certificate}.pem`),
  private_key: file(`${key}.pem`),
  ...more,
});
const good = { tls_certificates: [pair('server')] };
const secret = { password: { inline_string: 'secret' } };

/** What is said of a DownstreamTlsContext, without the path. */
function downstream(common: Json, more: Json = {}): string {
  return verdict('DownstreamTlsContext', { common_tls_context: common, ...more });
}

function upstream(common: Json, more: Json = {}): string {
  return verdict('UpstreamTlsContext', { common_tls_context: common, ...more });
}

function verdict(type: string, json: Json): string {
  const { problems } = reader.read(`${types}.${type}`, json);
  assert.equal(thread.openSsl.liveCount(), 0, 'a tried context leaves nothing behind');
  return problems.map((line) => line.replace(/^[\w.[\]]+: /, '')).join('\n');
}

const validates = (context: Json) => downstream({ ...good, validation_context: context });
const params = (tls_params: Json) => downstream({ ...good, tls_params });
const certificates = (...tls_certificates: JsonInput[]) => downstream({ tls_certificates });

const failedKey = (key: string, cause: string) => `Failed to load private key from ${path(key)}, Cause: error:${cause}`;
const garbage = 'make.sh';

describe('certificates', () => {
  const cases: readonly (readonly [what: string, said: string, expected: string])[] = [
    ['a certificate with its key', certificates(pair('server')), ''],
    [
      'parameters of one certificate',
      certificates(pair('server', 'server-key', { tls_params: { tls_maximum_protocol_version: 'TLSv1_2' } })),
      '',
    ],
    [
      'parameters of one certificate that leave no version',
      certificates(pair('server', 'server-key', { tls_params: { tls_maximum_protocol_version: 'TLSv1_1' } })),
      'Per-certificate tls_params: effective min protocol version exceeds effective max (considering inherited context bounds)',
    ],
    [
      'an unknown cipher of one certificate',
      certificates(pair('server', 'server-key', { tls_params: { cipher_suites: ['nope'] } })),
      'Failed to initialize cipher suites nope. The following ciphers were rejected when tried individually: nope',
    ],
    ['ECDSA and RSA', certificates(pair('server'), pair('server-rsa')), ''],
    ['P-384', certificates(pair('server-p384')), ''],
    ['Ed25519', certificates(pair('server-ed25519')), ''],
    ['a chain', certificates(pair('server-chain')), ''],
    [
      'from the environment',
      certificates({ certificate_chain: { environment_variable: 'CERTIFICATE' }, private_key: file('server-key.pem') }),
      '',
    ],
    ['none', certificates(), 'No TLS certificates found for server context'],
    ['an empty one', certificates({}), 'Server TlsCertificates must have a certificate specified'],
    [
      'no chain',
      certificates({ private_key: file('server-key.pem') }),
      'Failed to load incomplete certificate from : certificate chain not set',
    ],
    [
      'no key',
      certificates({ certificate_chain: file('server.pem') }),
      'Failed to load incomplete private key from path: ',
    ],
    [
      'a chain that is not there',
      certificates(pair('nothing', 'server-key')),
      `Failed to load incomplete certificate from ${path('nothing.pem')}: certificate chain not set`,
    ],
    [
      'a key that is not there',
      certificates(pair('server', 'nothing')),
      `Failed to load incomplete private key from path: ${path('nothing.pem')}`,
    ],
    [
      'a variable that is not there',
      certificates({ certificate_chain: { environment_variable: 'NONE' }, private_key: file('server-key.pem') }),
      "Environment variable doesn't exist: NONE\nFailed to load incomplete certificate from : certificate chain not set",
    ],
    [
      'a chain that is none',
      certificates({ certificate_chain: file(garbage), private_key: file('server-key.pem') }),
      `Failed to load certificate chain from ${path(garbage)}`,
    ],
    [
      'an inline chain that is none',
      certificates({ certificate_chain: { inline_string: 'x' }, private_key: file('server-key.pem') }),
      'Failed to load certificate chain from <inline>',
    ],
    [
      'a key that is none',
      certificates({ certificate_chain: file('server.pem'), private_key: file(garbage) }),
      failedKey(garbage, '0900006e:PEM routines:OPENSSL_internal:NO_START_LINE'),
    ],
    [
      'the key of another',
      certificates(pair('server', 'client-key')),
      failedKey('client-key.pem', '0b000074:X.509 certificate routines:OPENSSL_internal:KEY_VALUES_MISMATCH'),
    ],
    [
      'a key of another type',
      certificates(pair('server', 'server-rsa-key')),
      failedKey('server-rsa-key.pem', '0b000073:X.509 certificate routines:OPENSSL_internal:KEY_TYPE_MISMATCH'),
    ],
    [
      'RSA of 1024 bits',
      certificates(pair('rsa-1024')),
      `Failed to load certificate chain from ${path('rsa-1024.pem')}, only RSA certificates with 2048-bit or larger keys are supported`,
    ],
    [
      'a certificate without a name',
      certificates(pair('nameless')),
      'Invalid TLS context has neither subject CN nor SAN names',
    ],
    ['an encrypted key', certificates(pair('server', 'server-key-encrypted', secret)), ''],
    ['an encrypted key of the old form', certificates(pair('server', 'server-key-encrypted-pkcs1', secret)), ''],
    [
      'an encrypted key without its password',
      certificates(pair('server', 'server-key-encrypted')),
      failedKey('server-key-encrypted.pem', '09000068:PEM routines:OPENSSL_internal:BAD_PASSWORD_READ'),
    ],
    [
      'an encrypted key with a wrong password',
      certificates(pair('server', 'server-key-encrypted', { password: { inline_string: 'wrong' } })),
      failedKey('server-key-encrypted.pem', '1e000065:Cipher functions:OPENSSL_internal:BAD_DECRYPT'),
    ],
    ['PKCS #12', certificates({ pkcs12: file('server.p12'), ...secret }), ''],
    [
      'PKCS #12 without its password',
      certificates({ pkcs12: file('server.p12') }),
      `Failed to load pkcs12 from ${path('server.p12')}`,
    ],
    ['PKCS #12 that is none', certificates({ pkcs12: file(garbage) }), `Failed to load pkcs12 from ${path(garbage)}`],
    [
      'PKCS #12 and a key',
      certificates({ pkcs12: file('server.p12'), private_key: file('server-key.pem') }),
      "Certificate configuration can't have both pkcs12 and private_key",
    ],
    [
      'a key provider',
      certificates({ certificate_chain: file('server.pem'), private_key_provider: { provider_name: 'x' } }),
      'Failed to load private key provider: x',
    ],
    ['an OCSP response', certificates(pair('server', 'server-key', { ocsp_staple: file('server-ocsp.der') })), ''],
    [
      'the OCSP response of another',
      certificates(pair('server', 'server-key', { ocsp_staple: file('must-staple-ocsp.der') })),
      'OCSP response does not match its TLS certificate',
    ],
    [
      'an OCSP response that is none',
      certificates(pair('server', 'server-key', { ocsp_staple: file(garbage) })),
      'Data contained more than a single OCSP response',
    ],
    [
      'an OCSP response as text',
      certificates(pair('server', 'server-key', { ocsp_staple: { inline_string: 'x' } })),
      'OCSP staple cannot be provided via inline_string',
    ],
    [
      'a certificate that must be stapled',
      certificates(pair('must-staple')),
      'OCSP response is required for must-staple certificate',
    ],
    [
      'a policy that all must be stapled',
      downstream(good, { ocsp_staple_policy: 'MUST_STAPLE' }),
      'Required OCSP response is missing from TLS context',
    ],
  ];
  for (const [what, said, expected] of cases) test(what, () => assert.equal(said, expected));
});

describe('parameters', () => {
  const cases: readonly (readonly [what: string, said: string, expected: string])[] = [
    [
      'ciphers',
      params({ cipher_suites: ['[ECDHE-RSA-AES128-GCM-SHA256|ECDHE-RSA-CHACHA20-POLY1305]', 'AES256-SHA'] }),
      '',
    ],
    ['ciphers by their standard names', params({ cipher_suites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'] }), ''],
    ['ALL', params({ cipher_suites: ['ALL'] }), ''],
    [
      'unknown ciphers',
      params({ cipher_suites: ['nope', 'ECDHE-ECDSA-AES128-GCM-SHA256', '-ALL', '[AES256-SHA|also-nope]'] }),
      'Failed to initialize cipher suites nope:ECDHE-ECDSA-AES128-GCM-SHA256:-ALL:[AES256-SHA|also-nope]. ' +
        'The following ciphers were rejected when tried individually: nope, also-nope',
    ],
    [
      'what OpenSSL knows and BoringSSL does not',
      params({ cipher_suites: ['DHE-RSA-AES128-GCM-SHA256'] }),
      'Failed to initialize cipher suites DHE-RSA-AES128-GCM-SHA256. ' +
        'The following ciphers were rejected when tried individually: DHE-RSA-AES128-GCM-SHA256',
    ],
    [
      'ciphers of TLS 1.3',
      params({ cipher_suites: ['TLS_AES_128_GCM_SHA256'] }),
      'Failed to initialize cipher suites TLS_AES_128_GCM_SHA256. ' +
        'The following ciphers were rejected when tried individually: TLS_AES_128_GCM_SHA256',
    ],
    ['curves', params({ ecdh_curves: ['X25519MLKEM768', 'x25519', 'P-256', 'P-384', 'P-521'] }), ''],
    ['an unknown curve', params({ ecdh_curves: ['nope', 'P-256'] }), 'Failed to initialize ECDH curves nope:P-256'],
    ['a curve twice', params({ ecdh_curves: ['P-256', 'P-256'] }), 'Failed to initialize ECDH curves P-256:P-256'],
    ['X448', params({ ecdh_curves: ['X448'] }), 'Failed to initialize ECDH curves X448'],
    ['signature algorithms', params({ signature_algorithms: ['rsa_pss_rsae_sha256', 'ECDSA+SHA256'] }), ''],
    [
      'an unknown signature algorithm',
      params({ signature_algorithms: ['nope'] }),
      'Failed to initialize TLS signature algorithms nope',
    ],
    [
      'versions the wrong way round',
      params({ tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_2' }),
      '',
    ],
    ['ALPN', downstream({ ...good, alpn_protocols: ['h2,http/1.1', 'x'] }), ''],
    ['a long name of ALPN', downstream({ ...good, alpn_protocols: ['a'.repeat(256)] }), 'Invalid ALPN protocol string'],
    ['ticket keys', downstream(good, { session_ticket_keys: { keys: [{ inline_bytes: btoa('k'.repeat(80)) }] } }), ''],
    [
      'a short ticket key',
      downstream(good, { session_ticket_keys: { keys: [{ inline_string: 'short' }] } }),
      'Incorrect TLS session ticket key length. Length 5, expected length 80.',
    ],
    ['a key log', downstream({ ...good, key_log: { path: '/somewhere' } }), ''],
    [
      'a key log that cannot be written',
      downstream({ ...good, key_log: { path: '/nowhere/x' } }),
      "unable to open file '/nowhere/x': No such file or directory",
    ],
    [
      'a custom handshaker',
      downstream({
        ...good,
        custom_handshaker: { name: 'x', typed_config: { '@type': 'type.googleapis.com/google.protobuf.Empty' } },
      }),
      "Didn't find a registered implementation for 'x' with type URL: 'google.protobuf.Empty'",
    ],
  ];
  for (const [what, said, expected] of cases) test(what, () => assert.equal(said, expected));
});

describe('validation', () => {
  const ca = { trusted_ca: file('ca.pem') };
  const names = (kind: string, more: Json = {}) => ({
    match_typed_subject_alt_names: [{ san_type: kind, matcher: { exact: 'a' }, ...more }],
  });
  const cases: readonly (readonly [what: string, said: string, expected: string])[] = [
    ['nothing', validates({}), ''],
    ['an authority', validates(ca), ''],
    ['an authority that is not there', validates({ trusted_ca: file('nothing') }), `Invalid path: ${path('nothing')}`],
    [
      'an authority in which nothing stands',
      validates({ trusted_ca: { inline_bytes: '' } }),
      'DataSource cannot be empty',
    ],
    [
      'an authority that is none',
      validates({ trusted_ca: file(garbage) }),
      `Failed to load trusted CA certificates from ${path(garbage)}`,
    ],
    [
      'a key for an authority',
      validates({ trusted_ca: file('ca-key.pem') }),
      `Failed to load trusted CA certificates from ${path('ca-key.pem')}`,
    ],
    ['revocations', validates({ ...ca, crl: file('crl.pem') }), ''],
    [
      'revocations without an authority',
      validates({ crl: file('crl.pem') }),
      `Failed to load CRL from ${path('crl.pem')} without trusted CA`,
    ],
    ['a digest', validates({ verify_certificate_hash: ['ab'.repeat(32), Array(32).fill('AB').join(':')] }), ''],
    [
      'a digest that is none',
      validates({ verify_certificate_hash: ['z'.repeat(64)] }),
      `Invalid hex-encoded SHA-256 ${'z'.repeat(64)}`,
    ],
    [
      'a public key that is none',
      validates({ verify_certificate_spki: ['n'.repeat(44)] }),
      `Invalid base64-encoded SHA-256 ${'n'.repeat(44)}`,
    ],
    ['names', validates({ ...ca, ...names('DNS') }), ''],
    ['names of the old form', validates({ ...ca, match_subject_alt_names: [{ exact: 'a' }] }), ''],
    [
      'names without an authority',
      validates(names('URI')),
      'SAN-based verification of peer certificates without trusted CA is insecure and not allowed',
    ],
    ['a name of another kind', validates({ ...ca, ...names('OTHER_NAME', { oid: '1.2.3' }) }), ''],
    [
      'a name of another kind that is not told',
      validates({ ...ca, ...names('OTHER_NAME', { oid: 'x.y' }) }),
      'Failed to create SAN matcher for OTHER_NAME with OID: x.y',
    ],
    [
      'expired certificates without an authority',
      validates({ allow_expired_certificate: true }),
      'Certificate validity period is always ignored without trusted CA',
    ],
    [
      'a validator of one’s own',
      validates({
        custom_validator_config: { name: 'x', typed_config: { '@type': 'type.googleapis.com/google.protobuf.Empty' } },
      }),
      'Failed to get certificate validator factory for x',
    ],
  ];
  for (const [what, said, expected] of cases) test(what, () => assert.equal(said, expected));
});

describe('upstreams', () => {
  const cases: readonly (readonly [what: string, said: string, expected: string])[] = [
    ['nothing', upstream({}), ''],
    ['a certificate', upstream(good), ''],
    [
      'two certificates',
      upstream({ tls_certificates: [pair('server'), pair('server')] }),
      'Multiple TLS certificates are not supported for client contexts',
    ],
    ['a server name', upstream({}, { sni: 'server.example', auto_host_sni: true }), ''],
    ['a server name with a NUL', upstream({}, { sni: 'a\0b' }), 'SNI names containing NULL-byte are not allowed'],
    [
      'the name is to match, without validation',
      upstream({}, { auto_sni_san_validation: true }),
      "'auto_sni_san_validation' was configured without a validation context",
    ],
    [
      'the name is to match, without an authority',
      upstream({ validation_context: {} }, { auto_sni_san_validation: true }),
      "'auto_sni_san_validation' was configured without configuring a trusted CA",
    ],
    [
      'the name is to match',
      upstream({ validation_context: { trusted_ca: file('ca.pem') } }, { auto_sni_san_validation: true }),
      '',
    ],
  ];
  for (const [what, said, expected] of cases) test(what, () => assert.equal(said, expected));
});

test('what upstream contexts say goes to the client, and what holds where they say nothing', () => {
  const read = (json: Json) => {
    const { config } = reader.read(`${types}.UpstreamTlsContext`, { common_tls_context: trusting, ...json });
    const { sni, autoHostSni, autoSniSanMatch, allowRenegotiation, maxSessionKeys } = config as ClientTlsOptions;
    return { sni, autoHostSni, autoSniSanMatch, allowRenegotiation, maxSessionKeys };
  };
  const trusting = { ...good, validation_context: { trusted_ca: file('ca.pem') } };
  const nothing = { sni: '', autoHostSni: false, autoSniSanMatch: false, allowRenegotiation: false, maxSessionKeys: 1 };
  assert.deepEqual(read({}), nothing);
  assert.deepEqual(read({ sni: 'a.example' }), { ...nothing, sni: 'a.example' });
  assert.deepEqual(read({ auto_host_sni: true }), { ...nothing, autoHostSni: true });
  assert.deepEqual(read({ auto_sni_san_validation: true }), { ...nothing, autoSniSanMatch: true });
  assert.deepEqual(read({ allow_renegotiation: true }), { ...nothing, allowRenegotiation: true });
  assert.deepEqual(read({ max_session_keys: 5 }), { ...nothing, maxSessionKeys: 5 });
});

test('what downstream contexts say goes to the server, and what holds where they say nothing', () => {
  const read = (json: Json) => {
    const { config } = reader.read(`${types}.DownstreamTlsContext`, { common_tls_context: good, ...json });
    const options = config as ServerTlsOptions;
    return {
      requires: options.requireClientCertificate,
      policy: options.ocspStaplePolicy,
      keys: options.sessionTicketKeys.map((key) => key[0]),
      stateless: !options.disableStatelessSessionResumption,
      stateful: !options.disableStatefulSessionResumption,
      timeout: options.sessionTimeoutSeconds,
      scans: options.fullScanCertsOnSniMismatch,
      yields: options.preferClientCiphers,
    };
  };
  const nothing = {
    requires: false,
    policy: 'LENIENT_STAPLING',
    keys: [],
    stateless: true,
    stateful: true,
    timeout: undefined,
    scans: false,
    yields: false,
  };
  assert.deepEqual(read({}), nothing);
  assert.deepEqual(read({ require_client_certificate: true }), { ...nothing, requires: true });
  assert.deepEqual(read({ ocsp_staple_policy: 'MUST_STAPLE' }), { ...nothing, policy: 'MUST_STAPLE' });
  assert.deepEqual(read({ ocsp_staple_policy: 'STRICT_STAPLING' }), { ...nothing, policy: 'STRICT_STAPLING' });
  const key = (fill: number) => ({ inline_bytes: Buffer.alloc(80, fill).toString('base64') });
  assert.deepEqual(read({ session_ticket_keys: { keys: [key(1), key(2)] } }), { ...nothing, keys: [1, 2] });
  assert.deepEqual(read({ disable_stateless_session_resumption: true }), { ...nothing, stateless: false });
  assert.deepEqual(read({ disable_stateful_session_resumption: true }), { ...nothing, stateful: false });
  assert.deepEqual(read({ session_timeout: '90.9s' }), { ...nothing, timeout: 90 });
  assert.deepEqual(read({ full_scan_certs_on_sni_mismatch: true }), { ...nothing, scans: true });
  assert.deepEqual(read({ prefer_client_ciphers: true }), { ...nothing, yields: true });
});

test('versions: servers speak TLS 1.2 and 1.3, clients 1.2, unless told otherwise', () => {
  const read = (type: string) => reader.read(`${types}.${type}`, { common_tls_context: good }).config;
  const { minVersion, maxVersion } = read('DownstreamTlsContext') as { minVersion: number; maxVersion: number };
  assert.deepEqual([minVersion, maxVersion], [0x0303, 0x0304]);
  assert.equal((read('UpstreamTlsContext') as { maxVersion: number }).maxVersion, 0x0303);
});
