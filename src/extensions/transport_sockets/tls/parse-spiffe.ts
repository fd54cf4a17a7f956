import type { DataSource } from '../../../../api/generated/envoy/config/core/v3/base_pb.d.ts';
import type { SPIFFECertValidatorConfig } from '../../../../api/generated/envoy/extensions/transport_sockets/tls/v3/tls_spiffe_validator_config_pb.d.ts';
import type { ConfigContext, PackedConfig } from '../../../../sdk/config.ts';
import type { TrustBundle } from '../../../network/tls/tls-options.ts';
import { decodeBase64, readSource } from './read-source.ts';

const type = 'envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig';
const none = new Uint8Array(0);

/** What `envoy.tls.cert_validator.spiffe` trusts. */
export function parseSpiffe(packed: PackedConfig | undefined, ctx: ConfigContext): readonly TrustBundle[] {
  const message = packed === undefined ? undefined : ctx.unpack(packed);
  // As in Envoy, a configuration of another type is an empty one.
  if (message?.$typeName !== type) return [];
  const { trustDomains, trustBundles } = message as SPIFFECertValidatorConfig;
  if (trustBundles !== undefined) return readBundleMap(trustBundles, ctx.child('trust_bundles'));
  const seen = new Set<string>();
  return trustDomains.map(({ name, trustBundle, workloadTrustDomain: workload }, i) => {
    const at = ctx.child('trust_domains', i);
    const key = JSON.stringify([name, workload]);
    if (seen.has(key))
      at.error(`Multiple trust bundles are given for one trust domain for ${name}, workload: ${workload}`);
    seen.add(key);
    const { bytes, path } = readSource(trustBundle, 'is empty', at.child('trust_bundle'));
    const isFile = trustBundle?.specifier.case === 'filename';
    if (isFile && !(ctx.resources?.readFile(path) instanceof Uint8Array))
      at.child('trust_bundle').child('filename').error(`Invalid path: ${path}`);
    return { domain: name, workload, pem: bytes, certificates: [], path: `${name}: ${isFile ? path : '<inline>'}` };
  });
}

/** A SPIFFE bundle map: JSON, with a JWK set for each domain. A file of it is read once. */
function readBundleMap(source: DataSource, ctx: ConfigContext): TrustBundle[] {
  if (source.watchedDirectory !== undefined)
    ctx.child('watched_directory').error('watched_directory is not supported yet');
  const { bytes, path } = readSource(source, 'is a fault', ctx);
  if (bytes.length === 0 && path !== '' && path !== '<inline>') return [];
  const map = objectIn(bytes);
  if (map === undefined) return failed(ctx, 'Invalid JSON found in SPIFFE bundle');
  const domains = Object.entries(asObject(map['trust_domains']) ?? {});
  if (domains.length === 0) return failed(ctx, 'No trust domains found in SPIFFE bundle');
  return domains.map(([domain, bundle]) => {
    const certificates = readKeys(domain, asObject(bundle)?.['keys']);
    if (typeof certificates === 'string') ctx.error(certificates);
    return {
      domain,
      workload: '',
      pem: none,
      certificates: typeof certificates === 'string' ? [] : certificates,
      path: '',
    };
  });
}

/** DER of the certificates of all keys, or what is wrong with them. */
function readKeys(domain: string, keys: unknown): readonly Uint8Array[] | string {
  if (!Array.isArray(keys) || keys.length === 0) return `No keys found in SPIFFE bundle for domain '${domain}'`;
  const certificates: Uint8Array[] = [];
  for (const key of keys) {
    const { use, x5c } = (asObject(key) ?? {}) as { readonly use?: unknown; readonly x5c?: unknown };
    if (use !== 'x509-svid') return `missing or invalid 'use' field found in cert for domain '${domain}'`;
    if (!Array.isArray(x5c) || x5c.length === 0)
      return `missing or empty 'x5c' field found in keys for domain: '${domain}'`;
    for (const text of x5c) {
      const der = decodeBase64(String(text));
      if (der === undefined || der.length === 0)
        return `Failed to create x509 object while loading certs in domain '${domain}'`;
      certificates.push(der);
    }
  }
  return certificates;
}

function objectIn(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    return asObject(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
}

function failed(ctx: ConfigContext, message: string): [] {
  ctx.error(message);
  return [];
}
