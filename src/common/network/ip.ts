/**
 * IP addresses as numbers. An address is a list of 32-bit words, most significant first: one for IPv4, four for IPv6.
 * Texts are those of inet_pton and inet_ntop.
 */
export type IpWords = readonly [number] | readonly [number, number, number, number];

const mappedPrefix = 0xffff;

export function parseIp(text: string): IpWords | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** Four decimal numbers without leading zeros, as inet_pton wants them. */
export function parseIpv4(text: string): readonly [number] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let word = 0;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    word = word * 256 + Number(part);
  }
  return [word];
}

export function parseIpv6(text: string): readonly [number, number, number, number] | undefined {
  const gap = text.indexOf('::');
  if (gap !== text.lastIndexOf('::')) return undefined;
  const front = parseGroups(gap < 0 ? text : text.slice(0, gap), gap < 0);
  const back = gap < 0 ? [] : parseGroups(text.slice(gap + 2), true);
  if (front === undefined || back === undefined) return undefined;
  const missing = 8 - front.length - back.length;
  if (gap < 0 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...front, ...new Array<number>(missing).fill(0), ...back];
  const word = (i: number): number => (groups[2 * i] as number) * 0x1_0000 + (groups[2 * i + 1] as number);
  return [word(0), word(1), word(2), word(3)];
}

/** Groups of 16 bits; the last two may be written as an IPv4 address. */
function parseGroups(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const v4 = last && i === parts.length - 1 ? parseIpv4(part) : undefined;
    if (v4 === undefined) return undefined;
    groups.push(Math.floor(v4[0] / 0x1_0000), v4[0] % 0x1_0000);
  }
  return groups;
}

export function formatIp(words: IpWords): string {
  return words.length === 1 ? formatIpv4(words[0]) : formatIpv6(words);
}

function formatIpv4(word: number): string {
  return [24, 16, 8, 0].map((shift) => (word >>> shift) & 0xff).join('.');
}

function formatIpv6(words: readonly [number, number, number, number]): string {
  if (words[0] === 0 && words[1] === 0 && words[2] === mappedPrefix) return `::ffff:${formatIpv4(words[3])}`;
  if (words[0] === 0 && words[1] === 0 && words[2] === 0 && words[3] > 0xffff) return `::${formatIpv4(words[3])}`;
  const groups = words.flatMap((word) => [Math.floor(word / 0x1_0000), word % 0x1_0000]);
  const { start, length } = longestZeros(groups);
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(':');
  if (length < 2) return hex(groups);
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  const best = { start: -1, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === 0) end++;
    if (end - start > best.length) Object.assign(best, { start, length: end - start });
    if (end > start) start = end - 1;
  }
  return best;
}
