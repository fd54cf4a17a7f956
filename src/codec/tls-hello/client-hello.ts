import type { TlsFault } from '../../common/tls/tls-fault.ts';
import { ByteCursor, numbersOf } from './byte-cursor.ts';
import { HelloFaults } from './hello-faults.ts';

export interface HelloExtension {
  readonly type: number;
  readonly data: Uint8Array;
}

/** What a client offers (RFC 8446 section 4.1.2). Views into the bytes it was read from. */
export interface ClientHello {
  /** `legacy_version`. */
  readonly version: number;
  readonly cipherSuites: readonly number[];
  /** In the client's order, no type twice. */
  readonly extensions: readonly HelloExtension[];
  /** Latin-1; '' when none was sent. */
  readonly serverName: string;
}

/** IANA's numbers of the extensions that are looked into. */
export const extensionTypes = {
  serverName: 0,
  supportedGroups: 10,
  ecPointFormats: 11,
  signatureAlgorithms: 13,
  alpn: 16,
  supportedVersions: 43,
  encryptedClientHello: 0xfe0d,
} as const;

const clientRandomBytes = 32;
const maxSessionIdBytes = 32;
const maxServerNameBytes = 255;

export function isFault(value: ClientHello | TlsFault): value is TlsFault {
  return 'reason' in value;
}

/** What an extension holds, if it was sent. */
export function extensionData(hello: Pick<ClientHello, 'extensions'>, type: number): Uint8Array | undefined {
  return hello.extensions.find((extension) => extension.type === type)?.data;
}

/** Reads the body of a ClientHello message, as strictly as BoringSSL does. */
export function parseClientHello(body: Uint8Array): ClientHello | TlsFault {
  const cursor = new ByteCursor(body);
  const version = cursor.u16();
  const random = cursor.take(clientRandomBytes);
  const sessionId = cursor.prefixed8();
  const suites = cursor.prefixed16();
  const compressions = cursor.prefixed8();
  if (random === undefined || sessionId === undefined || sessionId.length > maxSessionIdBytes) return unreadable;
  if (suites === undefined || suites.length < 2 || suites.length % 2 !== 0) return unreadable;
  if (compressions === undefined || compressions.length === 0) return unreadable;
  const extensions = cursor.left === 0 ? [] : readExtensions(cursor);
  if (extensions === undefined) return unreadable;
  return withServerName({ version, cipherSuites: numbersOf(suites), extensions });
}

const unreadable = HelloFaults.ClientHelloParseFailed;

function withServerName(hello: Omit<ClientHello, 'serverName'>): ClientHello | TlsFault {
  const names = extensionData(hello, extensionTypes.serverName);
  const serverName = names === undefined ? '' : readServerName(names);
  if (serverName === undefined) return HelloFaults.ErrorParsingExtension;
  const encrypted = extensionData(hello, extensionTypes.encryptedClientHello);
  if (encrypted !== undefined && !isEncryptedHello(encrypted)) return HelloFaults.DecodeError;
  return { ...hello, serverName };
}

/** Undefined when they do not fill the rest exactly or one comes twice. */
function readExtensions(cursor: ByteCursor): HelloExtension[] | undefined {
  const block = cursor.prefixed16();
  if (block === undefined || cursor.left !== 0) return undefined;
  const inner = new ByteCursor(block);
  const extensions: HelloExtension[] = [];
  const seen = new Set<number>();
  while (inner.left > 0) {
    const type = inner.u16();
    const data = inner.prefixed16();
    if (data === undefined || seen.has(type)) return undefined;
    seen.add(type);
    extensions.push({ type, data });
  }
  return extensions;
}

/** The one name of type host_name (RFC 6066 section 3); undefined when it is anything else. */
function readServerName(data: Uint8Array): string | undefined {
  const outer = new ByteCursor(data);
  const list = outer.prefixed16();
  if (list === undefined || outer.left !== 0) return undefined;
  const names = new ByteCursor(list);
  const type = names.u8();
  const name = names.prefixed16();
  if (type !== 0 || name === undefined || names.left !== 0) return undefined;
  if (name.length === 0 || name.length > maxServerNameBytes || name.includes(0)) return undefined;
  return String.fromCharCode(...name);
}

/** Form of an outer encrypted ClientHello, which clients also send as grease; of other kinds only that there is one. */
function isEncryptedHello(data: Uint8Array): boolean {
  const cursor = new ByteCursor(data);
  const kind = cursor.u8();
  if (kind !== 0) return kind > 0;
  const suiteAndConfig = cursor.take(5);
  const encapsulated = cursor.prefixed16();
  const payload = cursor.prefixed16();
  return suiteAndConfig !== undefined && encapsulated !== undefined && payload !== undefined && cursor.left === 0;
}

/** The protocols of ALPN in the client's order (RFC 7301 section 3.1); none when the list is malformed. */
export function applicationProtocols(hello: ClientHello): string[] {
  const data = extensionData(hello, extensionTypes.alpn);
  if (data === undefined) return [];
  const outer = new ByteCursor(data);
  const list = outer.prefixed16();
  if (list === undefined || outer.left !== 0) return [];
  const names = new ByteCursor(list);
  const protocols: string[] = [];
  while (names.left > 0) {
    const name = names.prefixed8();
    if (name === undefined || name.length === 0) return [];
    protocols.push(String.fromCharCode(...name));
  }
  return protocols;
}
