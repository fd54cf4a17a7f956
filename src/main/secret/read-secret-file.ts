import type { Secret } from '../../../api/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.d.ts';
import { ConfigContext, ConfigErrorCollector, formatConfigProblem, type SecretKind } from '../../../sdk/config.ts';
import type { TypeRegistry } from '../../common/proto/type-registry.ts';
import { type DiscoveryFileResult, readDiscoveryFile } from '../followed/read-discovery-file.ts';

export type SecretFileResult = DiscoveryFileResult<{
  readonly kind: 'secret';
  readonly secret: Secret;
  readonly versionInfo: string;
}>;

/** Looks for a secret in the bytes of a file of discovery: a DiscoveryResponse with exactly one. */
export function readSecretFile(
  types: TypeRegistry,
  path: string,
  bytes: Uint8Array,
  { kind, name }: { readonly kind: SecretKind; readonly name: string },
): SecretFileResult {
  const read = readDiscoveryFile(types, path, bytes);
  if ('failure' in read) return { kind: 'failure', reason: read.failure };
  const { response, unknown } = read;
  const collector = new ConfigErrorCollector();
  const secrets = response.resources.map((any) => types.unpack(any, new ConfigContext(collector, name, types)));
  const [problem] = collector.problems;
  if (problem !== undefined) return { unknown, kind: 'rejected', reason: formatConfigProblem(problem) };
  const reason = refusal(secrets as Secret[], kind, name);
  if (reason !== undefined) return { unknown, kind: 'rejected', reason };
  return { unknown, kind: 'secret', secret: secrets[0] as Secret, versionInfo: response.versionInfo };
}

/** In Envoy's words where it has some. */
function refusal(secrets: readonly Secret[], kind: SecretKind, name: string): string | undefined {
  const [secret] = secrets;
  if (secret === undefined) return `Missing SDS resources for ${name} in onConfigUpdate()`;
  if (secrets.length > 1) return `Unexpected SDS secrets length: ${secrets.length}`;
  if (secret.name !== name) return `Unexpected SDS secret (expecting ${name}): ${secret.name}`;
  return secret.type.case === kind ? undefined : `SDS secret ${name} is of another kind: ${secret.type.case}`;
}
