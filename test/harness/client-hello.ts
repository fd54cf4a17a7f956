/** ClientHellos made by hand, as byte strings (Latin-1): well-formed unless told otherwise. */

const byte = (value: number): string => String.fromCharCode(value & 0xff);
export const u16 = (value: number): string => byte(value >>> 8) + byte(value);
const u24 = (value: number): string => byte(value >>> 16) + u16(value);

export const prefixed8 = (text: string): string => byte(text.length) + text;
export const prefixed16 = (text: string): string => u16(text.length) + text;

export const extension = (type: number, data: string): string => u16(type) + prefixed16(data);
export const serverName = (name: string): string => extension(0, prefixed16(`\0${prefixed16(name)}`));
export const alpn = (...names: readonly string[]): string => extension(16, prefixed16(names.map(prefixed8).join('')));
export const supportedVersions = (...versions: readonly number[]): string =>
  extension(43, prefixed8(versions.map(u16).join('')));
export const supportedGroups = (...groups: readonly number[]): string =>
  extension(10, prefixed16(groups.map(u16).join('')));
export const signatureAlgorithms = (...algorithms: readonly number[]): string =>
  extension(13, prefixed16(algorithms.map(u16).join('')));
export const pointFormats = extension(11, prefixed8('\0'));

export interface HelloParts {
  readonly version?: number;
  readonly sessionId?: string;
  readonly cipherSuites?: readonly number[];
  readonly compressions?: string;
  /** Instead of all those that are there unless told. */
  readonly extensions?: readonly string[] | 'none';
}

export const usualExtensions: readonly string[] = [
  serverName('a.test'),
  alpn('h2', 'http/1.1'),
  supportedVersions(0x0304, 0x0303),
  supportedGroups(0x001d, 0x0017),
  signatureAlgorithms(0x0403, 0x0804),
  pointFormats,
];

/** The handshake message, header included. */
export function helloMessage(parts: HelloParts = {}, type = 1): string {
  const { version = 0x0303, sessionId = '', cipherSuites = [0x1301, 0xc02f, 0x0a0a], compressions = '\0' } = parts;
  const { extensions = usualExtensions } = parts;
  const block = extensions === 'none' ? '' : prefixed16(extensions.join(''));
  const offers = prefixed16(cipherSuites.map(u16).join('')) + prefixed8(compressions);
  const body = u16(version) + 'R'.repeat(32) + prefixed8(sessionId) + offers + block;
  return byte(type) + u24(body.length) + body;
}

export function record(body: string, type = 22, version = 0x0301): string {
  return byte(type) + u16(version) + prefixed16(body);
}

export function clientHello(parts: HelloParts = {}): string {
  return record(helloMessage(parts));
}

/** One record for every `size` bytes of the message. */
export function inRecords(message: string, size: number): string {
  let records = '';
  for (let at = 0; at < message.length; at += size) records += record(message.slice(at, at + size));
  return records;
}

/** SSL 2's greeting that offers TLS; cipher suites have three bytes. */
export function v2Hello(version: number, suites: readonly string[]): string {
  const list = suites.join('');
  const body = `\x01${u16(version)}${u16(list.length)}${u16(0)}${u16(16)}${list}${'c'.repeat(16)}`;
  return u16(0x8000 + body.length) + body;
}
