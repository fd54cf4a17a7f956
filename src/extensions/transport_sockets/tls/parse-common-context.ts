import type { CidrRange as CidrRangeMessage } from '../../../../api/generated/envoy/config/core/v3/address_pb.d.ts';
import type { CertificateValidationContext } from '../../../../api/generated/envoy/extensions/transport_sockets/tls/v3/common_pb.d.ts';
import type { SdsSecretConfig } from '../../../../api/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.d.ts';
import type {
  CommonTlsContext,
  TlsKeyLog,
} from '../../../../api/generated/envoy/extensions/transport_sockets/tls/v3/tls_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';
import { CidrRange } from '../../../common/network/cidr.ts';
import { mergeMessages } from '../../../common/proto/merge-messages.ts';
import { isGuardEnabled } from '../../../common/runtime/runtime-guards.ts';
import { encodeProtocols } from '../../../network/tls/protocols.ts';
import {
  type CertificateOptions,
  type KeyLogOptions,
  type TlsOptions,
  type TlsParams,
  tlsVersions,
  type ValidationOptions,
} from '../../../network/tls/tls-options.ts';
import type { TlsThread } from '../../../network/tls/tls-thread.ts';
import { parseCertificate, parseCertificates, unnamed } from './parse-certificate.ts';
import { parseTlsParams } from './parse-tls-params.ts';
import { parseValidationContext } from './parse-validation-context.ts';
import { findSecret } from './secrets.ts';

/** In BoringSSL's syntax: those in brackets are equally good. */
const defaultCipherSuites = [
  '[ECDHE-ECDSA-AES128-GCM-SHA256|ECDHE-ECDSA-CHACHA20-POLY1305]',
  '[ECDHE-RSA-AES128-GCM-SHA256|ECDHE-RSA-CHACHA20-POLY1305]',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
].join(':');
const defaultCurves = 'X25519MLKEM768:X25519:P-256';
const classicCurves = 'X25519:P-256';

function curvesByDefault(ctx: ConfigContext): string {
  const guard = 'envoy.reloadable_features.pqc_default_ecdh_curves';
  return isGuardEnabled(ctx.resources?.runtime, guard) ? defaultCurves : classicCurves;
}

/** What a downstream and an upstream context have in common. */
export function parseCommonContext(
  config: CommonTlsContext | undefined,
  defaultMaxVersion: number,
  thread: TlsThread,
  ctx: ConfigContext,
): TlsOptions {
  if (config !== undefined) refuseUnsupported(config, ctx);
  const { tlsParams, alpnProtocols = [], keyLog } = config ?? {};
  const params = parseTlsParams(tlsParams);
  const { minVersion = tlsVersions.tls12, maxVersion = defaultMaxVersion } = params;
  const certificates = [
    ...parseCertificates(config?.tlsCertificates ?? [], thread, ctx),
    ...parseCertificateSecrets(config?.tlsCertificateSdsSecretConfigs ?? [], ctx),
  ];
  for (const { params: own } of certificates) checkVersions(own, minVersion, maxVersion, ctx);
  ctx.collector.capture(() => encodeProtocols(alpnProtocols));
  return {
    minVersion,
    maxVersion,
    cipherSuites: params.cipherSuites || defaultCipherSuites,
    ecdhCurves: params.ecdhCurves || curvesByDefault(ctx),
    signatureAlgorithms: params.signatureAlgorithms,
    compliancePolicy: params.compliancePolicy,
    alpnProtocols,
    certificates,
    validation: config === undefined ? undefined : parseValidation(config, thread, ctx),
    keyLog: keyLog === undefined ? undefined : parseKeyLog(keyLog, ctx.child('key_log')),
  };
}

/** Of one certificate, with what it does not say itself. Those of the context alone are not compared, as in Envoy. */
function checkVersions(own: TlsParams | undefined, minVersion: number, maxVersion: number, ctx: ConfigContext): void {
  if (own !== undefined && (own.minVersion ?? minVersion) > (own.maxVersion ?? maxVersion))
    ctx.error(
      'Per-certificate tls_params: effective min protocol version exceeds effective max (considering inherited context bounds)',
    );
}

function refuseUnsupported(config: CommonTlsContext, ctx: ConfigContext): void {
  ctx.requireSupported(config, [
    'tlsParams',
    'tlsCertificates',
    'tlsCertificateSdsSecretConfigs',
    'alpnProtocols',
    'validationContext',
    'validationContextSdsSecretConfig',
    'combinedValidationContext',
    'keyLog',
    'customHandshaker',
    'customTlsCertificateSelector',
  ]);
  const { customHandshaker, customTlsCertificateSelector } = config;
  refuseExtension(customHandshaker, ctx.child('custom_handshaker'));
  refuseExtension(customTlsCertificateSelector, ctx.child('custom_tls_certificate_selector'));
}

/** There are none of these kinds. */
function refuseExtension(
  config: { readonly name: string; readonly typedConfig?: { readonly typeUrl: string } | undefined } | undefined,
  ctx: ConfigContext,
): void {
  if (config === undefined) return;
  const type = config.typedConfig?.typeUrl.replace(/^.*\//, '') ?? '';
  ctx.error(`Didn't find a registered implementation for '${config.name}' with type URL: '${type}'`);
}

function parseCertificateSecrets(configs: readonly SdsSecretConfig[], ctx: ConfigContext): CertificateOptions[] {
  return configs.flatMap((config, i) => {
    const place = ctx.child('tls_certificate_sds_secret_configs', i);
    const certificate = findSecret('tlsCertificate', config, place);
    const options = certificate === undefined ? undefined : parseCertificate(certificate, config.name, place);
    return options === undefined ? [] : [options];
  });
}

function parseValidation(
  { validationContextType: type }: CommonTlsContext,
  thread: TlsThread,
  ctx: ConfigContext,
): ValidationOptions | undefined {
  switch (type.case) {
    case 'validationContext': {
      const name = unnamed('unnamed_ca_cert', type.value.trustedCa, thread);
      return parseValidationContext(type.value, name, ctx.child('validation_context'));
    }
    case 'validationContextSdsSecretConfig':
      return parseValidationSecret(type.value, undefined, ctx.child('validation_context_sds_secret_config'));
    case 'combinedValidationContext': {
      const place = ctx.child('combined_validation_context').child('validation_context_sds_secret_config');
      const { defaultValidationContext, validationContextSdsSecretConfig: secret } = type.value;
      return secret === undefined ? undefined : parseValidationSecret(secret, defaultValidationContext, place);
    }
    default:
      return undefined;
  }
}

/** What the secret says stands over what the context says itself. */
function parseValidationSecret(
  config: SdsSecretConfig,
  own: CertificateValidationContext | undefined,
  ctx: ConfigContext,
): ValidationOptions | undefined {
  const secret = findSecret('validationContext', config, ctx);
  if (secret === undefined) return undefined;
  return parseValidationContext(own === undefined ? secret : mergeMessages(own, secret), config.name, ctx);
}

function parseKeyLog(config: TlsKeyLog, ctx: ConfigContext): KeyLogOptions {
  const fault = ctx.resources?.checkLogFile?.(config.path);
  if (fault !== undefined) ctx.child('path').error(`unable to open file '${config.path}': ${fault}`);
  return {
    path: config.path,
    localRanges: parseRanges(config.localAddressRange, 'local_address_range', ctx),
    remoteRanges: parseRanges(config.remoteAddressRange, 'remote_address_range', ctx),
  };
}

function parseRanges(ranges: readonly CidrRangeMessage[], field: string, ctx: ConfigContext): CidrRange[] {
  return ranges.flatMap(({ addressPrefix, prefixLen }, i) => {
    const range = CidrRange.of(addressPrefix, prefixLen ?? 0);
    if (range !== undefined) return [range];
    const text = `${addressPrefix}/${prefixLen ?? 0}`;
    ctx.child(field, i).error(`invalid ip/mask combo '${text}' (format is <ip>/<# mask bits>)`);
    return [];
  });
}
