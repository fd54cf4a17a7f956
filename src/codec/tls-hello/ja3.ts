import { ByteCursor, numbersOf } from './byte-cursor.ts';
import { type ClientHello, extensionData, extensionTypes } from './client-hello.ts';
import { isGrease } from './grease.ts';

const list = (numbers: readonly number[]): string => numbers.join('-');
const notGrease = (number: number): boolean => !isGrease(number);

/**
 * What the MD5 of JA3 is taken of: version, cipher suites, extensions, groups and point formats in decimal. As Envoy has
 * it, grease is left out of suites and extensions, but not out of groups.
 */
export function ja3Text(hello: ClientHello): string {
  const suites = hello.cipherSuites.filter(notGrease);
  const extensions = hello.extensions.map(({ type }) => type).filter(notGrease);
  return [hello.version, list(suites), list(extensions), list(groups(hello)), list(pointFormats(hello))].join(',');
}

/** What follows the list's length, whatever that says. */
function groups(hello: ClientHello): number[] {
  const data = extensionData(hello, extensionTypes.supportedGroups);
  return data === undefined ? [] : numbersOf(data.subarray(2));
}

function pointFormats(hello: ClientHello): number[] {
  const data = extensionData(hello, extensionTypes.ecPointFormats);
  const cursor = new ByteCursor(data ?? new Uint8Array(0));
  cursor.u8();
  return [...(cursor.take(cursor.left) ?? [])];
}
