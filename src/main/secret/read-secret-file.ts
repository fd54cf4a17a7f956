import type { Secret } from '../../../api/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.d.ts';
import type { DiscoveryResponse } from '../../../api/generated/envoy/service/discovery/v3/discovery_pb.d.ts';
import { ConfigContext, ConfigErrorCollector, formatConfigProblem, type SecretKind } from '../../../sdk/config.ts';
import type { TypeRegistry } from '../../common/proto/type-registry.ts';
import { formatOf, readDocument } from '../bootstrap/read-document.ts';

/** `failure`: the file is none of discovery; `rejected`: what it says is not taken. */
export type SecretFileResult =
  | { readonly kind: 'secret'; readonly secret: Secret; readonly versionInfo: string }
  | { readonly kind: 'failure' | 'rejected'; readonly reason: string };

/** Looks for a secret in the bytes of a file of discovery: a DiscoveryResponse with exactly one. */
export function readSecretFile(
  types: TypeRegistry,
  path: string,
  bytes: Uint8Array,
  { kind, name }: { readonly kind: SecretKind; readonly name: string },
): SecretFileResult {
  const collector = new ConfigErrorCollector();
  const response = collector.capture(() => {
    const desc = types.requireMessage('envoy.service.discovery.v3.DiscoveryResponse');
    const { message, problems } = readDocument(types, desc, path, formatOf(path), bytes);
    for (const problem of problems) collector.add(problem);
    return message as DiscoveryResponse;
  });
  const [fault] = collector.problems;
  if (response === undefined || fault !== undefined)
    return { kind: 'failure', reason: fault === undefined ? 'unreadable' : formatConfigProblem(fault) };
  const secrets = response.resources.map((any) => types.unpack(any, new ConfigContext(collector, name, types)));
  const [problem] = collector.problems;
  if (problem !== undefined) return { kind: 'rejected', reason: formatConfigProblem(problem) };
  const reason = refusal(secrets as Secret[], kind, name);
  if (reason !== undefined) return { kind: 'rejected', reason };
  return { kind: 'secret', secret: secrets[0] as Secret, versionInfo: response.versionInfo };
}

/** In Envoy's words where it has some. */
function refusal(secrets: readonly Secret[], kind: SecretKind, name: string): string | undefined {
  const [secret] = secrets;
  if (secret === undefined) return `Missing SDS resources for ${name} in onConfigUpdate()`;
  if (secrets.length > 1) return `Unexpected SDS secrets length: ${secrets.length}`;
  if (secret.name !== name) return `Unexpected SDS secret (expecting ${name}): ${secret.name}`;
  return secret.type.case === kind ? undefined : `SDS secret ${name} is of another kind: ${secret.type.case}`;
}
