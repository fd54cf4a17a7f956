/** xxHash64 (https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md): what Envoy's load balancers hash with. */

const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotate = (value: bigint, bits: bigint): bigint => u64((value << bits) | (value >> (64n - bits)));

function round(accumulator: bigint, lane: bigint): bigint {
  return u64(rotate(u64(accumulator + u64(lane * P2)), 31n) * P1);
}

function mergeRound(hash: bigint, accumulator: bigint): bigint {
  return u64(u64(hash ^ round(0n, accumulator)) * P1 + P4);
}

/** Of bytes, or of a text's bytes, which are its characters' lower ones (Latin-1) as headers have them. */
export function xxHash64(input: Uint8Array | string, seed = 0n): bigint {
  const bytes = typeof input === 'string' ? latin1Bytes(input) : input;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { length } = bytes;
  const bulk = length - (length % 32);
  let hash = length >= 32 ? hashBulk(view, bulk, seed) : u64(seed + P5);
  hash = u64(hash + BigInt(length));
  return avalanche(hashTail(view, length >= 32 ? bulk : 0, hash));
}

/** One after the other, each with the hash before as its seed. */
export function xxHash64All(inputs: readonly string[], seed = 0n): bigint {
  if (inputs.length === 0) return xxHash64('', seed);
  return inputs.reduce((hash, input) => xxHash64(input, hash), seed);
}

function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function hashBulk(view: DataView, end: number, seed: bigint): bigint {
  let v1 = u64(seed + P1 + P2);
  let v2 = u64(seed + P2);
  let v3 = seed;
  let v4 = u64(seed - P1);
  for (let at = 0; at < end; at += 32) {
    v1 = round(v1, view.getBigUint64(at, true));
    v2 = round(v2, view.getBigUint64(at + 8, true));
    v3 = round(v3, view.getBigUint64(at + 16, true));
    v4 = round(v4, view.getBigUint64(at + 24, true));
  }
  const hash = u64(rotate(v1, 1n) + rotate(v2, 7n) + rotate(v3, 12n) + rotate(v4, 18n));
  return [v1, v2, v3, v4].reduce(mergeRound, hash);
}

function hashTail(view: DataView, from: number, start: bigint): bigint {
  let hash = start;
  let at = from;
  for (; at + 8 <= view.byteLength; at += 8) {
    hash = u64(rotate(u64(hash ^ round(0n, view.getBigUint64(at, true))), 27n) * P1 + P4);
  }
  for (; at + 4 <= view.byteLength; at += 4) {
    hash = u64(rotate(u64(hash ^ u64(BigInt(view.getUint32(at, true)) * P1)), 23n) * P2 + P3);
  }
  for (; at < view.byteLength; at++) hash = u64(rotate(u64(hash ^ u64(BigInt(view.getUint8(at)) * P5)), 11n) * P1);
  return hash;
}

function avalanche(start: bigint): bigint {
  let hash = u64((start ^ (start >> 33n)) * P2);
  hash = u64((hash ^ (hash >> 29n)) * P3);
  return hash ^ (hash >> 32n);
}
