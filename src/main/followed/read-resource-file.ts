import type { Resource } from '../../../api/generated/envoy/service/discovery/v3/discovery_pb.d.ts';
import { ConfigContext, ConfigErrorCollector, formatConfigProblem } from '../../../sdk/config.ts';
import type { TypeRegistry } from '../../common/proto/type-registry.ts';
import { type DiscoveryFileResult, readDiscoveryFile } from './read-discovery-file.ts';

export type ResourceFileResult = DiscoveryFileResult<{
  readonly kind: 'resource';
  readonly bytes: Uint8Array;
  readonly versionInfo: string;
}>;

const RESOURCE = 'envoy.service.discovery.v3.Resource';

/**
 * Looks for a resource in the bytes of a file of discovery. It stands in an envoy.service.discovery.v3.Resource. Envoy
 * takes the first one that is there, whatever its name.
 */
export function readResourceFile(
  types: TypeRegistry,
  path: string,
  bytes: Uint8Array,
  typeName: string,
): ResourceFileResult {
  const read = readDiscoveryFile(types, path, bytes);
  if ('failure' in read) return { kind: 'failure', reason: read.failure };
  const { unknown } = read;
  const { resources, versionInfo } = read.response;
  const [first] = resources;
  if (first === undefined) return { unknown, kind: 'rejected', reason: 'the response has no resource' };
  const collector = new ConfigErrorCollector();
  const ctx = new ConfigContext(collector, '', types);
  const wrapper = types.unpack(first, ctx);
  if (wrapper?.$typeName !== RESOURCE) return { unknown, kind: 'rejected', reason: `resources must be of ${RESOURCE}` };
  const { resource } = wrapper as Resource;
  const desc = types.requireMessage(typeName);
  // One without a resource is an empty message, as in Envoy.
  const message = resource === undefined ? types.create(desc) : types.unpack(resource, ctx);
  const [problem] = collector.problems;
  if (problem !== undefined) return { unknown, kind: 'rejected', reason: formatConfigProblem(problem) };
  if (message?.$typeName !== typeName) return { unknown, kind: 'rejected', reason: `Unable to unpack as ${typeName}` };
  return { unknown, kind: 'resource', bytes: types.encode(message), versionInfo };
}
