import { ConfigError } from '../../../sdk/config.ts';
import type { HandshakeSettings } from '../../native/openssl/handshake-settings.ts';
import type { SslContext } from '../../native/openssl/ssl-context.ts';
import { compliancePolicies } from './compliance-policies.ts';
import { type TlsParams, tlsVersions } from './tls-options.ts';

/** Signature algorithms that BoringSSL knows, by the names under which it does; OpenSSL knows more. */
const signatureNames =
  /^(?:rsa_pkcs1_sha(?:1|256|384|512)|rsa_pss_rsae_sha(?:256|384|512)|ecdsa_(?:sha1|secp256r1_sha256|secp384r1_sha384|secp521r1_sha512)|ed25519|mldsa(?:44|65|87)|(?:RSA|RSA-PSS|PSS|ECDSA)\+SHA(?:1|256|384|512))$/;

/** By which BoringSSL lets peers sign, in its order. */
const verifiedByDefault = [
  'ecdsa_secp256r1_sha256',
  'rsa_pss_rsae_sha256',
  'rsa_pkcs1_sha256',
  'ecdsa_secp384r1_sha384',
  'rsa_pss_rsae_sha384',
  'rsa_pkcs1_sha384',
  'rsa_pss_rsae_sha512',
  'rsa_pkcs1_sha512',
  'rsa_pkcs1_sha1',
].join(':');
/** By which it signs itself: with certificates of other keys, too. */
const signedByDefault = [
  'ed25519',
  'ecdsa_secp256r1_sha256',
  'rsa_pss_rsae_sha256',
  'rsa_pkcs1_sha256',
  'ecdsa_secp384r1_sha384',
  'rsa_pss_rsae_sha384',
  'rsa_pkcs1_sha384',
  'ecdsa_secp521r1_sha512',
  'rsa_pss_rsae_sha512',
  'rsa_pkcs1_sha512',
  'ECDSA+SHA1',
  'rsa_pkcs1_sha1',
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
  ['mlkem1024', 'MLKEM1024'],
]);

const postQuantum: ReadonlySet<string | undefined> = new Set(['X25519MLKEM768', 'MLKEM1024']);

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

/** A yielding server leaves the choice of groups to its clients (`prefer_client_ciphers`). */
export type Side = 'client' | 'server' | 'yielding server';

export interface ResolvedSettings extends HandshakeSettings {
  /** The ciphers as they are configured, `[a|b]` for equals; '' where a policy chose them. */
  readonly configuredCiphers: string;
}

/**
 * What is configured, in OpenSSL's words. With `base` it is what one certificate says of itself: the rest is as it is there.
 * Throws ConfigError in Envoy's words. `probe` is any context: OpenSSL tells by it what it takes, and its settings change.
 */
export function resolveSettings(
  probe: SslContext,
  params: TlsParams,
  side: Side,
  base?: ResolvedSettings,
): ResolvedSettings {
  const { compliancePolicy } = params;
  // What is configured is checked although the policy then stands over it.
  const configured = resolveParams(probe, params, side, base);
  if (compliancePolicy === undefined) return configured;
  const { groups: policyGroups, ...policy } = compliancePolicies[compliancePolicy];
  return {
    ...configured,
    ...policy,
    configuredCiphers: policy.ciphers === undefined ? configured.configuredCiphers : '',
    groups: ranked(policyGroups.split(':'), side),
    clientSignatureAlgorithms: policy.signatureAlgorithms,
  };
}

function resolveParams(
  probe: SslContext,
  { minVersion, maxVersion, cipherSuites, ecdhCurves, signatureAlgorithms }: TlsParams,
  side: Side,
  base: ResolvedSettings | undefined,
): ResolvedSettings {
  const versions = {
    minVersion: minVersion ?? base?.minVersion ?? tlsVersions.tls12,
    maxVersion: maxVersion ?? base?.maxVersion ?? tlsVersions.tls13,
  };
  const known = cipherSuites === '' && base !== undefined ? base.ciphers : ciphersOf(probe, cipherSuites);
  const isOld = side !== 'client' && versions.maxVersion < tlsVersions.tls12;
  const groupList = ecdhCurves === '' && base !== undefined ? base.groups : groupsOf(probe, ecdhCurves, side);
  return {
    ...versions,
    ciphers: isOld ? `${known}:${unusable}` : known,
    configuredCiphers: cipherSuites === '' && base !== undefined ? base.configuredCiphers : cipherSuites,
    groups: groupList,
    ...signaturesOf(probe, signatureAlgorithms, side, base),
    // Servers take the client's order; mostly it is the one that they have already.
    tls13Ciphers: base?.tls13Ciphers ?? (side === 'client' ? clientTls13Ciphers : ''),
  };
}

function signaturesOf(
  probe: SslContext,
  algorithms: string,
  side: Side,
  base: HandshakeSettings | undefined,
): Pick<HandshakeSettings, 'signatureAlgorithms' | 'clientSignatureAlgorithms'> {
  if (algorithms !== '') {
    const isKnown = algorithms.split(':').every((name) => signatureNames.test(name));
    if (!isKnown || hasTwice(algorithms) || !probe.setSignatureAlgorithms(algorithms))
      throw new ConfigError(`Failed to initialize TLS signature algorithms ${algorithms}`);
    return { signatureAlgorithms: algorithms, clientSignatureAlgorithms: algorithms };
  }
  if (base !== undefined) {
    const { clientSignatureAlgorithms } = base;
    return { signatureAlgorithms: base.signatureAlgorithms, clientSignatureAlgorithms };
  }
  return side !== 'client'
    ? { signatureAlgorithms: signedByDefault, clientSignatureAlgorithms: verifiedByDefault }
    : { signatureAlgorithms: verifiedByDefault, clientSignatureAlgorithms: signedByDefault };
}

/** A list in BoringSSL's syntax. Ciphers of equal rank, `[a|b]`, rank as they are written until a client has a say. */
function ciphersOf(probe: SslContext, list: string): string {
  const known = ianaToOpenSsl(list).replaceAll(/[[\]]/g, '').replaceAll('|', ':');
  const names = list.split(/[:+![\]|]/).filter((name) => name !== '');
  const rejected = names.map((name) => name.replace(/^-/, '')).filter((name) => !isKnown(name));
  // Ciphers that are out stay in their order, and come in again by it when a keyword names them.
  const rules = `${boringOrder}:-ALL:${known.replace(/^DEFAULT\b/, 'ALL')}`;
  const outsideOfGroups = list.replaceAll(/\[[^[\]:]*\]/g, '');
  if (rejected.length > 0 || /[[\]|]/.test(outsideOfGroups) || !probe.setCipherList(rules))
    throw new ConfigError(
      `Failed to initialize cipher suites ${list}. The following ciphers were rejected when tried individually: ${rejected.join(', ')}`,
    );
  return boringCiphers(probe, names).join(':');
}

/** Of what keywords stand for: only those that BoringSSL has too; that of the old kind only by its name. */
function boringCiphers(probe: SslContext, named: readonly string[]): string[] {
  const all = probe.ciphers.filter(({ isTls13 }) => !isTls13).map(({ name }) => name);
  const some = all.filter((name) => ciphers.test(name) && (!onlyByName.test(name) || named.includes(name)));
  return some.length > 0 ? some : all;
}

/**
 * Without a cipher of its versions OpenSSL would refuse every client before it has read its hello. This one needs a key that
 * nobody has.
 */
const unusable = 'PSK-AES128-CBC-SHA';

function isKnown(name: string): boolean {
  const openSslName = ianaToOpenSsl(name);
  return ciphers.test(openSslName) || keywords.test(name) || name === '@STRENGTH';
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
function ranked(names: readonly string[], side: Side): string {
  if (side === 'server') return names.join('/');
  if (side === 'yielding server') return names.join(':');
  const [first, ...others] = names;
  const second = postQuantum.has(first) ? others[0] : undefined;
  return names.map((name) => (name === first || name === second ? `*${name}` : name)).join(':');
}

function groupsOf(probe: SslContext, list: string, side: Side): string {
  const names = list.split(':').map((name) => groups.get(name.toLowerCase()) ?? groups.get(name));
  const known = names.filter((name) => name !== undefined);
  const inRanks = ranked(known, side);
  if (known.length === names.length && !hasTwice(known.join(':')) && probe.setGroups(inRanks)) return inRanks;
  throw new ConfigError(`Failed to initialize ECDH curves ${list}`);
}

function hasTwice(list: string): boolean {
  const names = list.split(':');
  return list !== '' && new Set(names).size < names.length;
}
