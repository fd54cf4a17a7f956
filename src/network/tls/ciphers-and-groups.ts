import { ConfigError } from '../../../sdk/config.ts';
import type { SslContext } from '../../native/openssl/ssl-context.ts';
import { type TlsOptions, tlsVersions } from './tls-options.ts';

/** BoringSSL's, in its order; the last one is there for certificates of ours. */
const defaultSignatureAlgorithms = [
  'ecdsa_secp256r1_sha256',
  'rsa_pss_rsae_sha256',
  'rsa_pkcs1_sha256',
  'ecdsa_secp384r1_sha384',
  'rsa_pss_rsae_sha384',
  'rsa_pkcs1_sha384',
  'ecdsa_secp521r1_sha512',
  'rsa_pss_rsae_sha512',
  'rsa_pkcs1_sha512',
  'rsa_pkcs1_sha1',
  'ed25519',
].join(':');

/** Groups that BoringSSL knows, by the names under which it does, and OpenSSL's names for them. */
const groups = new Map<string, string>([
  ['p-256', 'P-256'],
  ['prime256v1', 'P-256'],
  ['p-384', 'P-384'],
  ['secp384r1', 'P-384'],
  ['p-521', 'P-521'],
  ['secp521r1', 'P-521'],
  ['x25519', 'X25519'],
  ['x25519mlkem768', 'X25519MLKEM768'],
]);

const postQuantum = 'X25519MLKEM768';

/** What BoringSSL's cipher lists may name, besides ciphers: OpenSSL knows more. */
const keywords =
  /^(?:ALL|DEFAULT|kRSA|kECDHE|kEECDH|ECDH|kPSK|aRSA|aECDSA|ECDSA|aPSK|ECDHE|EECDH|RSA|PSK|3DES|AES128|AES256|AES|AESGCM|CHACHA20|SHA1|SHA|SSLv3|TLSv1|TLSv1\.2|HIGH|FIPS)$/;

/** Ciphers of TLS up to 1.2 that BoringSSL has, and Node's OpenSSL too (it lacks 3DES), as OpenSSL calls them. */
const ciphers =
  /^(?:(?:AES(?:128|256)|ECDHE-(?:ECDSA|RSA)-AES(?:128|256))-(?:SHA|GCM-SHA(?:256|384))|ECDHE-(?:ECDSA|RSA)-CHACHA20-POLY1305|ECDHE-PSK-CHACHA20-POLY1305|(?:ECDHE-)?PSK-AES(?:128|256)-CBC-SHA|ECDHE-(?:ECDSA|RSA)-AES128-SHA256)$/;

/** In which order keywords of BoringSSL's lists bring ciphers in, on processors that know AES. */
const boringOrder = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-PSK-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-SHA',
  'ECDHE-RSA-AES128-SHA',
  'ECDHE-PSK-AES128-CBC-SHA',
  'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES256-SHA',
  'ECDHE-PSK-AES256-CBC-SHA',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
  'AES128-SHA',
  'PSK-AES128-CBC-SHA',
  'AES256-SHA',
  'PSK-AES256-CBC-SHA',
].join(':');
const onlyByName = /-AES128-SHA256$/;

/** In BoringSSL's order. */
const clientTls13Ciphers = 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256';

/** BoringSSL's `ssl_compliance_policy_fips_202205`: AES-GCM with ECDHE over the curves of NIST, signatures with SHA-2. */
const fips202205 = {
  tls13Ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384',
  ciphers:
    'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384',
  groups: 'P-256:P-384',
  signatureAlgorithms: [
    'rsa_pkcs1_sha256',
    'rsa_pkcs1_sha384',
    'rsa_pkcs1_sha512',
    'ecdsa_secp256r1_sha256',
    'ecdsa_secp384r1_sha384',
    'rsa_pss_rsae_sha256',
    'rsa_pss_rsae_sha384',
    'rsa_pss_rsae_sha512',
  ].join(':'),
} as const;

export function setCiphersAndGroups(context: SslContext, options: TlsOptions, role: 'server' | 'client'): void {
  // What is configured is checked although the policy then stands over it.
  setCiphers(context, options.cipherSuites);
  if (role === 'server' && options.maxVersion < tlsVersions.tls12) addUnusable(context);
  setGroups(context, options.ecdhCurves, role);
  const algorithms = options.signatureAlgorithms;
  if (
    !context.setSignatureAlgorithms(algorithms === '' ? defaultSignatureAlgorithms : algorithms) ||
    hasTwice(algorithms)
  )
    throw new ConfigError(`Failed to initialize TLS signature algorithms ${algorithms}`);
  // Servers take the client's order; mostly it is the one that they have already.
  if (role === 'client') context.setTls13Ciphers(clientTls13Ciphers);
  if (options.compliancePolicy === undefined) return;
  context.setTls13Ciphers(fips202205.tls13Ciphers);
  context.setCipherList(fips202205.ciphers);
  context.setGroups(ranked(fips202205.groups.split(':'), role));
  context.setSignatureAlgorithms(fips202205.signatureAlgorithms);
}

/** A list in BoringSSL's syntax. Ciphers of equal rank, `[a|b]`, rank as they are written until a client has a say. */
function setCiphers(context: SslContext, list: string): void {
  const known = ianaToOpenSsl(list).replaceAll(/[[\]]/g, '').replaceAll('|', ':');
  const names = list.split(/[:+![\]|]/).filter((name) => name !== '');
  const rejected = names.map((name) => name.replace(/^-/, '')).filter((name) => !isKnown(name));
  // Ciphers that are out stay in their order, and come in again by it when a keyword names them.
  const rules = `${boringOrder}:-ALL:${known.replace(/^DEFAULT\b/, 'ALL')}`;
  if (rejected.length === 0 && context.setCipherList(rules)) return keepBoringCiphers(context, names);
  throw new ConfigError(
    `Failed to initialize cipher suites ${list}. The following ciphers were rejected when tried individually: ${rejected.join(', ')}`,
  );
}

/** Of what keywords stand for: only those that BoringSSL has too; that of the old kind only by its name. */
function keepBoringCiphers(context: SslContext, named: readonly string[]): void {
  const before = context.ciphers.filter(({ isTls13 }) => !isTls13).map(({ name }) => name);
  const after = before.filter((name) => ciphers.test(name) && (!onlyByName.test(name) || named.includes(name)));
  if (after.length < before.length && after.length > 0) context.setCipherList(after.join(':'));
}

/**
 * Without a cipher of its versions OpenSSL would refuse every client before it has read its hello. This one needs a key that
 * nobody has.
 */
function addUnusable(context: SslContext): void {
  const names = context.ciphers.filter(({ isTls13 }) => !isTls13).map(({ name }) => name);
  context.setCipherList([...names, 'PSK-AES128-CBC-SHA'].join(':'));
}

function isKnown(name: string): boolean {
  const openSslName = ianaToOpenSsl(name);
  return ciphers.test(openSslName) || keywords.test(name);
}

/** Of TLS up to 1.2: `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` is `ECDHE-RSA-AES128-GCM-SHA256`. */
function ianaToOpenSsl(list: string): string {
  return list.replaceAll(/TLS_(\w+?)_WITH_(\w+)/g, (_all, exchange: string, cipher: string) => {
    const bulk = cipher
      .replace(/^AES_(\d+)_/, 'AES$1-')
      .replace('CHACHA20_POLY1305_SHA256', 'CHACHA20-POLY1305')
      .replace('3DES_EDE_CBC_SHA', 'DES-CBC3-SHA')
      .replace('-CBC_', '-')
      .replaceAll('_', '-');
    return exchange === 'RSA' ? bulk : `${exchange.replaceAll('_', '-')}-${bulk}`;
  });
}

/**
 * A server takes the best group that the client knows, even if that must be asked for its share first; OpenSSL does so with
 * groups of different rank (`/`) only. A client sends shares (`*`) as BoringSSL does: of the best, and of one that everybody
 * knows if the best is new.
 */
function ranked(names: readonly string[], role: 'server' | 'client'): string {
  if (role === 'server') return names.join('/');
  const [first, ...others] = names;
  const second = first === postQuantum ? others[0] : undefined;
  return names.map((name) => (name === first || name === second ? `*${name}` : name)).join(':');
}

function setGroups(context: SslContext, list: string, role: 'server' | 'client'): void {
  const names = list.split(':').map((name) => groups.get(name.toLowerCase()) ?? groups.get(name));
  const known = names.filter((name) => name !== undefined);
  if (known.length === names.length && !hasTwice(known.join(':')) && context.setGroups(ranked(known, role))) return;
  throw new ConfigError(`Failed to initialize ECDH curves ${list}`);
}

function hasTwice(list: string): boolean {
  const names = list.split(':');
  return list !== '' && new Set(names).size < names.length;
}
