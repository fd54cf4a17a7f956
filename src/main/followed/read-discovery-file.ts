import type { DiscoveryResponse } from '../../../api/generated/envoy/service/discovery/v3/discovery_pb.d.ts';
import { ConfigErrorCollector, type ConfigProblem, formatConfigProblem } from '../../../sdk/config.ts';
import { xxHash64 } from '../../common/hash/xxhash64.ts';
import type { TypeRegistry } from '../../common/proto/type-registry.ts';
import { formatOf, readDocument } from '../bootstrap/read-document.ts';
import type { UnknownField } from './unknown-fields.ts';

/** What a file of discovery holds, or why it is none. */
export type DiscoveryFile =
  /** `unknown`: the first field that nobody knows; it and others are passed over. */
  { readonly response: DiscoveryResponse; readonly unknown: UnknownField | undefined } | { readonly failure: string };

/** What was looked for in one. `failure`: the file is none of discovery; `rejected`: what it says is not taken. */
export type DiscoveryFileResult<Taken> = (
  | Taken
  | { readonly kind: 'failure' | 'rejected'; readonly reason: string }
) & {
  /** As in DiscoveryFile. */
  readonly unknown?: UnknownField | undefined;
};

export function readDiscoveryFile(types: TypeRegistry, path: string, bytes: Uint8Array): DiscoveryFile {
  const collector = new ConfigErrorCollector();
  let unknown: UnknownField | undefined;
  const response = collector.capture(() => {
    const desc = types.requireMessage('envoy.service.discovery.v3.DiscoveryResponse');
    const note = (problem: ConfigProblem) => {
      unknown ??= { text: `${path}: ${formatConfigProblem(problem)}`, contentsHash: xxHash64(bytes) };
    };
    const { message, problems } = readDocument(types, desc, path, formatOf(path), bytes, note);
    for (const problem of problems) collector.add(problem);
    return message as DiscoveryResponse;
  });
  const [fault] = collector.problems;
  if (response !== undefined && fault === undefined) return { response, unknown };
  return { failure: fault === undefined ? 'unreadable' : formatConfigProblem(fault) };
}
