/** One value of DER: its tag and where its content stands. */
export interface DerNode {
  /** Class, constructed bit and number, as on the wire; numbers above 30 are not read. */
  readonly tag: number;
  readonly content: Uint8Array;
}

/** Universal tags that certificates use, as on the wire. */
export const derTags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  t61String: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  visibleString: 0x1a,
  generalString: 0x1b,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

const longForm = 0x80;
const highTagNumber = 0x1f;

/** The values that stand one after the other in `bytes`; what does not parse ends the list. */
export function readDer(bytes: Uint8Array): DerNode[] {
  const nodes: DerNode[] = [];
  let at = 0;
  while (at + 2 <= bytes.length) {
    const tag = bytes[at] as number;
    if ((tag & highTagNumber) === highTagNumber) break;
    const length = readLength(bytes, at + 1);
    if (length === undefined || length.end + length.value > bytes.length) break;
    const end = length.end + length.value;
    nodes.push({ tag, content: bytes.subarray(length.end, end) });
    at = end;
  }
  return nodes;
}

/** The values within a constructed one; none when there is no such value. */
export function derChildren(node: DerNode | undefined): DerNode[] {
  return node === undefined ? [] : readDer(node.content);
}

function readLength(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } | undefined {
  const first = bytes[at] as number;
  if (first < longForm) return { value: first, end: at + 1 };
  const count = first - longForm;
  if (count === 0 || count > 4 || at + 1 + count > bytes.length) return undefined;
  let value = 0;
  for (let i = 0; i < count; i++) value = value * 256 + (bytes[at + 1 + i] as number);
  return { value, end: at + 1 + count };
}

/** Dotted text of an object identifier. */
export function derOid(content: Uint8Array): string {
  const arcs: bigint[] = [];
  let arc = 0n;
  for (const byte of content) {
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    if (byte >= longForm) continue;
    if (arcs.length === 0) {
      const first = arc < 80n ? arc / 40n : 2n;
      arcs.push(first, arc - first * 40n);
    } else {
      arcs.push(arc);
    }
    arc = 0n;
  }
  return arcs.join('.');
}

/** An INTEGER or ENUMERATED. */
export function derInteger(content: Uint8Array): bigint {
  let value = 0n;
  for (const byte of content) value = (value << 8n) | BigInt(byte);
  const negative = content.length > 0 && (content[0] as number) >= 0x80;
  return negative ? value - (1n << BigInt(8 * content.length)) : value;
}

/** Unix milliseconds of a UTCTime or GeneralizedTime; NaN when it is none. */
export function derTimeMs({ tag, content }: DerNode): number {
  const text = derText(content);
  const digits = tag === derTags.utcTime ? centuryOf(text) + text : text;
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits);
  if (match === null) return Number.NaN;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** RFC 5280, section 4.1.2.5.1. */
function centuryOf(text: string): string {
  return Number(text.slice(0, 2)) >= 50 ? '19' : '20';
}

/** Bytes as they are, a character each. */
export function derText(content: Uint8Array): string {
  let text = '';
  for (const byte of content) text += String.fromCharCode(byte);
  return text;
}

/** A string type as text that holds UTF-8 as it is, a byte a character, as header values do. */
export function derString({ tag, content }: DerNode): string {
  if (tag === derTags.bmpString) return toUtf8(wideText(content, 2));
  if (tag === derTags.universalString) return toUtf8(wideText(content, 4));
  return derText(content);
}

function wideText(content: Uint8Array, width: number): string {
  let text = '';
  for (let i = 0; i + width <= content.length; i += width) {
    let code = 0;
    for (let j = 0; j < width; j++) code = code * 256 + (content[i + j] as number);
    text += code <= 0x10_ffff ? String.fromCodePoint(code) : '';
  }
  return text;
}

function toUtf8(text: string): string {
  return derText(new TextEncoder().encode(text));
}

/** With its tag and length, which stand just before the content in the same memory. */
export function wholeOf({ content }: DerNode): Uint8Array {
  const { length } = content;
  const lengthBytes = length < 0x80 ? 1 : 1 + Math.ceil(Math.log2(length + 1) / 8);
  const header = 1 + lengthBytes;
  return new Uint8Array(content.buffer, content.byteOffset - header, length + header);
}
