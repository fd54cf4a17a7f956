import { ByteCursor, numbersOf } from './byte-cursor.ts';
import { type ClientHello, extensionData, extensionTypes } from './client-hello.ts';
import { isGrease } from './grease.ts';

/** SHA-256 in hexadecimal, of ASCII text. */
export type Sha256 = (text: string) => string;

const hashLength = 12;
const noHash = '0'.repeat(hashLength);
const maxCount = 99;

const versions: ReadonlyMap<number, string> = new Map([
  [0x0304, '13'],
  [0x0303, '12'],
  [0x0302, '11'],
  [0x0301, '10'],
]);
const unknownVersion = '00';

/** JA4 of a ClientHello over TCP (github.com/FoxIO-LLC/ja4, technical_details/JA4.md), as Envoy has it. */
export function ja4(hello: ClientHello, sha256: Sha256): string {
  const suites = hello.cipherSuites.filter((suite) => !isGrease(suite));
  const extensions = hello.extensions.map(({ type }) => type).filter((type) => !isGrease(type));
  const name = extensions.includes(extensionTypes.serverName) ? 'd' : 'i';
  const head = `t${version(hello)}${name}${count(suites)}${count(extensions)}${alpn(hello)}`;
  const suiteHash = suites.length === 0 ? noHash : sha256(sorted(suites)).slice(0, hashLength);
  return `${head}_${suiteHash}_${extensionHash(hello, extensions, sha256)}`;
}

const count = (numbers: readonly number[]): string => String(Math.min(numbers.length, maxCount)).padStart(2, '0');
const hex = (number: number): string => number.toString(16).padStart(4, '0');
const sorted = (numbers: readonly number[]): string =>
  numbers
    .toSorted((a, b) => a - b)
    .map(hex)
    .join(',');

/** The highest of those offered. */
function version(hello: ClientHello): string {
  const data = extensionData(hello, extensionTypes.supportedVersions);
  let highest = hello.version;
  if (data !== undefined) {
    const offered = new ByteCursor(data).prefixed8();
    if (offered === undefined) return unknownVersion;
    highest = numbersOf(offered).reduce((top, one) => (isGrease(one) ? top : Math.max(top, one)), 0) || hello.version;
  }
  return versions.get(highest) ?? unknownVersion;
}

/** First and last character of the first protocol; of other bytes the outer halves in hexadecimal. */
function alpn(hello: ClientHello): string {
  const cursor = new ByteCursor(extensionData(hello, extensionTypes.alpn) ?? new Uint8Array(0));
  cursor.u16();
  const name = cursor.prefixed8();
  if (name === undefined || name.length === 0) return '00';
  const [first, last] = [name[0] as number, name.at(-1) as number];
  const ends = String.fromCharCode(first, last);
  return /^[0-9A-Za-z]{2}$/.test(ends) ? ends : (first >>> 4).toString(16) + (last & 0xf).toString(16);
}

/** Of the sorted extensions but for name and protocols, and of the signature algorithms in the client's order. */
function extensionHash(hello: ClientHello, extensions: readonly number[], sha256: Sha256): string {
  const { serverName, alpn: protocols, signatureAlgorithms } = extensionTypes;
  const types = extensions.filter((type) => type !== serverName && type !== protocols);
  if (types.length === 0) return noHash;
  const algorithms = numbersOf((extensionData(hello, signatureAlgorithms) ?? new Uint8Array(0)).subarray(2));
  const signatures = algorithms.length === 0 ? '' : `_${algorithms.map(hex).join(',')}`;
  return sha256(sorted(types) + signatures).slice(0, hashLength);
}
