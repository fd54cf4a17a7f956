/** A hash of a message's content, the same in every process. */
import type { Message } from '@bufbuild/protobuf';
import type { TypeRegistry } from './type-registry.ts';

/** 64 bits as 16 hexadecimal digits, of any message of the Envoy API. The order of a map's entries does not count. */
export function messageHasher(types: TypeRegistry): (message: Message) => string {
  return (message) => hashBytes(types.encode(message, { sortMaps: true }));
}

/** Two hashes of 32 bits side by side (their mixing is MurmurHash3's), four bytes at a time: not for secrets. */
export function hashBytes(bytes: Uint8Array): string {
  const whole = bytes.length & ~3;
  let low = 0x811c9dc5;
  let high = 0x9747b28c ^ bytes.length;
  for (let i = 0; i < whole; i += 4) {
    const word = wordAt(bytes, i);
    low = mix(low, word, 0xcc9e2d51, 0x1b873593);
    high = mix(high, word, 0x239b961b, 0xab0e9789);
  }
  // What is left, with its length: absent bytes are no zeros.
  const rest = wordAt(bytes, whole) ^ ((bytes.length - whole) << 24);
  low = finish(mix(low, rest, 0xcc9e2d51, 0x1b873593));
  high = finish(mix(high, rest, 0x239b961b, 0xab0e9789));
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}

function wordAt(bytes: Uint8Array, i: number): number {
  return (bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8) | ((bytes[i + 2] ?? 0) << 16) | ((bytes[i + 3] ?? 0) << 24);
}

function mix(hash: number, word: number, first: number, second: number): number {
  const product = Math.imul(word, first);
  const mixed = hash ^ Math.imul((product << 15) | (product >>> 17), second);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
}
