const tab = 0x09;
const space = 0x20;
const del = 0x7f;

/** Index of the first byte from `from` on that no value may hold, in good messages the CR; `to` when all are good. */
export function endOfValue(bytes: Uint8Array, words: DataView, from: number, to: number): number {
  let at = from;
  while (at + 4 <= to) {
    const word = words.getInt32(at, true);
    // Four bytes at once: is one of them below 0x20, or 0x7f? The first one that is has the lowest bit that is set.
    const controls = ((word - 0x20202020) | 0) & ~word;
    const dels = (((word ^ 0x7f7f7f7f) - 0x01010101) | 0) & ~(word ^ 0x7f7f7f7f);
    const found = (controls | dels) & 0x80808080;
    if (found === 0) {
      at += 4;
      continue;
    }
    at += firstByteOf(found);
    if (bytes[at] !== tab) return at;
    at++;
  }
  while (at < to && !isControl(bytes[at] as number)) at++;
  return at;
}

/** Of a word that was read little endian: the number of its first byte that has a bit set. */
export function firstByteOf(word: number): number {
  return (31 - Math.clz32(word & -word)) >> 3;
}

/** Control characters but TAB, and DEL. */
export function isControl(byte: number): boolean {
  return (byte < space && byte !== tab) || byte === del;
}

/** What may stand around a value. */
export function isBlank(byte: number): boolean {
  return byte === space || byte === tab;
}
