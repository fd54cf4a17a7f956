import type { DiscoveryResponse } from '../../../api/generated/envoy/service/discovery/v3/discovery_pb.d.ts';
import { ConfigErrorCollector, formatConfigProblem } from '../../../sdk/config.ts';
import type { TypeRegistry } from '../../common/proto/type-registry.ts';
import { formatOf, readDocument } from '../bootstrap/read-document.ts';

/** What a file of discovery holds, or why it is none. */
export type DiscoveryFile = { readonly response: DiscoveryResponse } | { readonly failure: string };

export function readDiscoveryFile(types: TypeRegistry, path: string, bytes: Uint8Array): DiscoveryFile {
  const collector = new ConfigErrorCollector();
  const response = collector.capture(() => {
    const desc = types.requireMessage('envoy.service.discovery.v3.DiscoveryResponse');
    const { message, problems } = readDocument(types, desc, path, formatOf(path), bytes);
    for (const problem of problems) collector.add(problem);
    return message as DiscoveryResponse;
  });
  const [fault] = collector.problems;
  if (response !== undefined && fault === undefined) return { response };
  return { failure: fault === undefined ? 'unreadable' : formatConfigProblem(fault) };
}
