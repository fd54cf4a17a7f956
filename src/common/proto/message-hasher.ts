import type { Message } from '@bufbuild/protobuf';
import { messageHash } from './message-hash.ts';
import type { TypeRegistry } from './type-registry.ts';

/** A stable hash of any message of the Envoy API. */
export function messageHasher(types: TypeRegistry): (message: Message) => string {
  return (message) => messageHash(types.requireMessage(message.$typeName), message);
}
