/** MurmurHash2 of 64 bits (MurmurHash64A, https://github.com/aappleby/smhasher), as the standard library of C++ hashes texts. */

const M = 0xc6a4a7935bd1e995n;
const SHIFT = 47n;
/** That of std::hash in libstdc++. */
export const STD_HASH_SEED = 0xc70f6907n;

const times = (value: bigint): bigint => BigInt.asUintN(64, value * M);
const mix = (value: bigint): bigint => value ^ (value >> SHIFT);

/** Of a text's characters, each of which is taken for a byte. */
export function murmurHash2(text: string, seed = STD_HASH_SEED): bigint {
  const { length } = text;
  let hash = seed ^ times(BigInt(length));
  const whole = length - (length % 8);
  for (let at = 0; at < whole; at += 8) {
    const word = times(mix(times(bytesOf(text, at, 8))));
    hash = times(hash ^ word);
  }
  if (whole < length) hash = times(hash ^ bytesOf(text, whole, length - whole));
  return mix(times(mix(hash)));
}

/** Little endian. */
function bytesOf(text: string, start: number, count: number): bigint {
  let word = 0n;
  for (let i = count - 1; i >= 0; i--) word = (word << 8n) | BigInt(text.charCodeAt(start + i) & 0xff);
  return word;
}
