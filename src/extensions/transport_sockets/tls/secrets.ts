import type { ConfigSource } from '../../../../api/generated/envoy/config/core/v3/config_source_pb.d.ts';
import type {
  CertificateValidationContext,
  TlsCertificate,
  TlsSessionTicketKeys,
} from '../../../../api/generated/envoy/extensions/transport_sockets/tls/v3/common_pb.d.ts';
import type { SdsSecretConfig } from '../../../../api/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';
import { fileOfSource } from '../../../common/config/file-source.ts';

/** Each kind of secret that TLS refers to, and what Envoy calls it where there is none of the name. */
interface Kinds {
  readonly tlsCertificate: TlsCertificate;
  readonly validationContext: CertificateValidationContext;
  readonly sessionTicketKeys: TlsSessionTicketKeys;
}
const unknown: Readonly<Record<keyof Kinds, string>> = {
  tlsCertificate: 'Unknown static secret',
  validationContext: 'Unknown static certificate validation context',
  sessionTicketKeys: 'Unknown tls session ticket keys',
};

/** The secret that a configuration names; undefined, with the fault gathered, when there is none. */
export function findSecret<Kind extends keyof Kinds>(
  kind: Kind,
  { name, sdsConfig }: SdsSecretConfig,
  ctx: ConfigContext,
): Kinds[Kind] | undefined {
  if (sdsConfig !== undefined) return discover(kind, name, sdsConfig, ctx.child('sds_config'));
  const secret = ctx.resources?.secrets?.staticSecret(kind, name);
  if (secret === undefined) ctx.error(`${unknown[kind]}: ${name}`);
  return secret as Kinds[Kind] | undefined;
}

/** Undefined also while it has not come. */
function discover<Kind extends keyof Kinds>(
  kind: Kind,
  name: string,
  source: ConfigSource,
  ctx: ConfigContext,
): Kinds[Kind] | undefined {
  const file = fileOfSource(source, 'secrets', ctx);
  if (file === undefined) return undefined;
  const discovered = ctx.resources?.secrets?.discover?.({ kind, name, ...file, check: () => undefined }, ctx);
  return discovered?.value as Kinds[Kind] | undefined;
}
