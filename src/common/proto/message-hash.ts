/** A hash of a message's content, the same in every process. */
import type { Message } from '@bufbuild/protobuf';
import type { TypeRegistry } from './type-registry.ts';

/** 64 bits as 16 hexadecimal digits, of any message of the Envoy API. The order of a map's entries does not count. */
export function messageHasher(types: TypeRegistry): (message: Message) => string {
  return (message) => hashBytes(types.encode(message, { sortMaps: true }));
}

/** Two multiplicative hashes side by side: not for secrets. */
export function hashBytes(bytes: Uint8Array): string {
  let low = 0x811c9dc5;
  let high = 0x9747b28c ^ bytes.length;
  for (const byte of bytes) {
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high ^ byte, 0x5bd1e995);
    high ^= high >>> 15;
  }
  low ^= low >>> 16;
  return (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0');
}
