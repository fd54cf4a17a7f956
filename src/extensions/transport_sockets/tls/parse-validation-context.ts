import type { CertificateValidationContext } from '../../../../api/generated/envoy/extensions/transport_sockets/tls/v3/common_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';
import type { GeneralNameKind } from '../../../../sdk/network.ts';
import { parseSubjectName, subjectNameMatcher } from '../../../common/tls/parse-subject-name.ts';
import type { SubjectNameMatcher } from '../../../common/tls/subject-names.ts';
import { hex } from '../../../network/tls/certificate-info.ts';
import type { ValidationOptions } from '../../../network/tls/tls-options.ts';
import { parseSpiffe } from './parse-spiffe.ts';
import { decodeBase64, readSource, type SourceContent } from './read-source.ts';

const spiffeName = 'envoy.tls.cert_validator.spiffe';
const digestBytes = 32;
/** `AB:CD:…` of 32 bytes. */
const fingerprintLength = 95;
const acceptUntrusted = 1;
const everyKind: readonly GeneralNameKind[] = ['DNS', 'URI', 'EMAIL', 'IP_ADDRESS'];
/** Where distributions keep what they trust; the first one that is there is taken. */
const systemRootPaths = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/ssl/cert.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
];

/** Checks a validation context. `name` is what its statistics are called by. */
export function parseValidationContext(
  config: CertificateValidationContext,
  name: string,
  ctx: ConfigContext,
): ValidationOptions {
  refuseUnsupported(config, ctx);
  const trustedCa = readTrustedCa(config, ctx);
  const crl = readSource(config.crl, 'is a fault', ctx.child('crl'));
  const { customValidatorConfig: custom } = config;
  const at = ctx.child('custom_validator_config').child('typed_config');
  const spiffe = custom?.name === spiffeName ? parseSpiffe(custom.typedConfig, at) : undefined;
  // The validator of SPIFFE trusts what it is told itself.
  if (spiffe === undefined) checkTrust(config, trustedCa, crl, ctx);
  return {
    name,
    trustedCa: trustedCa.bytes,
    trustedCaPath: trustedCa.path,
    crl: crl.bytes,
    crlPath: crl.path,
    certificateHashes: config.verifyCertificateHash.map((text, i) =>
      certificateHash(text, ctx.child('verify_certificate_hash', i)),
    ),
    publicKeyHashes: config.verifyCertificateSpki.map((text, i) =>
      publicKeyHash(text, ctx.child('verify_certificate_spki', i)),
    ),
    subjectNames: parseSubjectNames(config, ctx),
    spiffe,
    allowExpiredCertificate: config.allowExpiredCertificate,
    acceptUntrusted: config.trustChainVerification === acceptUntrusted,
    onlyVerifyLeafCertCrl: config.onlyVerifyLeafCertCrl,
    maxVerifyDepth: config.maxVerifyDepth,
    suppressClientCaList: config.suppressClientCaList,
  };
}

/** As in Envoy, `require_signed_certificate_timestamp` means nothing, and `watched_directory` in discovered secrets alone. */
function refuseUnsupported(config: CertificateValidationContext, ctx: ConfigContext): void {
  ctx.requireSupported(config, [
    'trustedCa',
    'watchedDirectory',
    'systemRootCerts',
    'verifyCertificateSpki',
    'verifyCertificateHash',
    'matchTypedSubjectAltNames',
    'matchSubjectAltNames',
    'requireSignedCertificateTimestamp',
    'crl',
    'allowExpiredCertificate',
    'trustChainVerification',
    'customValidatorConfig',
    'onlyVerifyLeafCertCrl',
    'maxVerifyDepth',
    'suppressClientCaList',
  ]);
  const { customValidatorConfig: custom } = config;
  if (custom === undefined) return;
  if (custom.name !== spiffeName && custom.name !== 'envoy.tls.cert_validator.default')
    ctx.child('custom_validator_config').error(`Failed to get certificate validator factory for ${custom.name}`);
}

/** What the configuration names is taken rather than what the system has. */
function readTrustedCa(config: CertificateValidationContext, ctx: ConfigContext): SourceContent {
  const { trustedCa, systemRootCerts } = config;
  if (trustedCa !== undefined || systemRootCerts === undefined)
    return readSource(trustedCa, 'is always a fault', ctx.child('trusted_ca'));
  for (const path of systemRootPaths) {
    const bytes = ctx.resources?.readFile(path);
    if (bytes instanceof Uint8Array) return { bytes, path };
  }
  ctx.child('system_root_certs').error('there are no root certificates in any of the places where systems keep them');
  return { bytes: new Uint8Array(0), path: '' };
}

function checkTrust(
  config: CertificateValidationContext,
  trustedCa: SourceContent,
  crl: SourceContent,
  ctx: ConfigContext,
): void {
  if (trustedCa.bytes.length > 0 || ctx.collector.problems.some(({ path }) => path.startsWith(ctx.path))) return;
  if (crl.bytes.length > 0) ctx.error(`Failed to load CRL from ${crl.path} without trusted CA`);
  if (config.matchTypedSubjectAltNames.length + config.matchSubjectAltNames.length > 0)
    ctx.error('SAN-based verification of peer certificates without trusted CA is insecure and not allowed');
  if (config.allowExpiredCertificate) ctx.error('Certificate validity period is always ignored without trusted CA');
}

/** Of hexadecimal, with colons or without. */
function certificateHash(text: string, ctx: ConfigContext): string {
  const digits = text.length === fingerprintLength ? text.replaceAll(':', '') : text;
  if (digits.length !== 2 * digestBytes || !/^[0-9a-fA-F]*$/.test(digits))
    ctx.error(`Invalid hex-encoded SHA-256 ${digits}`);
  return digits.toLowerCase();
}

/** From base64 to hexadecimal. */
function publicKeyHash(text: string, ctx: ConfigContext): string {
  const bytes = decodeBase64(text);
  if (bytes?.length !== digestBytes) ctx.error(`Invalid base64-encoded SHA-256 ${text}`);
  return hex(bytes ?? new Uint8Array(0));
}

/** The typed ones count, if there are any; the untyped ones stand for every kind but OTHER_NAME. */
function parseSubjectNames(config: CertificateValidationContext, ctx: ConfigContext): SubjectNameMatcher[] {
  if (config.matchTypedSubjectAltNames.length > 0)
    return config.matchTypedSubjectAltNames.flatMap((matcher, i) =>
      parseSubjectName(matcher, ctx.child('match_typed_subject_alt_names', i)),
    );
  return config.matchSubjectAltNames.flatMap((matcher, i) => {
    const at = ctx.child('match_subject_alt_names', i);
    return everyKind.map((kind) => subjectNameMatcher(kind, '', matcher, at));
  });
}
