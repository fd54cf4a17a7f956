import type { SslConnection } from '../../native/openssl/ssl-connection.ts';
import { tlsVersions } from './tls-options.ts';

export type Curve = 'P-256' | 'P-384' | 'P-521';

/** What a certificate is chosen by. */
export interface ClientHello {
  /** As it was sent; '' when none was. */
  readonly serverName: string;
  /** Curves of ECDSA certificates that the client can check; empty when it cannot check any. */
  readonly ecdsaCurves: ReadonlySet<Curve>;
  readonly wantsOcsp: boolean;
}

/** Numbers of IANA's TLS registry. */
const extensions = {
  serverName: 0,
  statusRequest: 5,
  supportedGroups: 10,
  signatureAlgorithms: 13,
  supportedVersions: 43,
  keyShare: 51,
} as const;

/** By number of the group and of the signature scheme that needs it. */
const curves = new Map<number, Curve>([
  [0x0017, 'P-256'],
  [0x0403, 'P-256'],
  [0x0018, 'P-384'],
  [0x0503, 'P-384'],
  [0x0019, 'P-521'],
  [0x0603, 'P-521'],
]);

const hostNameType = 0;

export interface ServerAbilities {
  readonly tls13: boolean;
  /** Numbers of ciphers up to TLS 1.2 that go with ECDSA certificates. */
  readonly ecdsaCiphers: ReadonlySet<number>;
}

/** Reads what is needed of a ClientHello that a connection has just received. */
export function readClientHello(connection: SslConnection, abilities: ServerAbilities): ClientHello {
  return {
    serverName: serverNameOf(connection.helloExtension(extensions.serverName)),
    ecdsaCurves: ecdsaCurvesOf(connection, abilities),
    wantsOcsp: connection.hasHelloExtension(extensions.statusRequest),
  };
}

/** Whether TLS 1.3 is among the versions that a client offers (RFC 8446, section 4.2.1). */
export function offersTls13(connection: SslConnection): boolean {
  const versions = connection.helloExtension(extensions.supportedVersions);
  if (versions === undefined) return false;
  for (let at = 1; at + 1 < versions.length; at += 2) if (wordAt(versions, at) === tlsVersions.tls13) return true;
  return false;
}

/** What TLS 1.3 cannot do without, in the order in which BoringSSL misses it. */
const required = ['signatureAlgorithms', 'supportedGroups', 'keyShare'] as const;
export type RequiredExtension = (typeof required)[number];

/** What a hello of TLS 1.3 has not got. */
export function lackIn(connection: SslConnection): RequiredExtension | undefined {
  for (const name of required) if (!connection.hasHelloExtension(extensions[name])) return name;
  return undefined;
}

/** Whether the client names a curve as one that it can compute with. To BoringSSL it can with none when it names none, up to TLS 1.2. */
export function takesCurve(connection: SslConnection, curve: string): boolean {
  const groups = connection.helloExtension(extensions.supportedGroups);
  return curvesIn(groups).has(curve as Curve);
}

/** RFC 6066, section 3: a list of names, of which only host names exist. */
function serverNameOf(extension: Uint8Array | undefined): string {
  if (extension === undefined || extension.length < 5 || extension[2] !== hostNameType) return '';
  const length = wordAt(extension, 3);
  return String.fromCharCode(...extension.subarray(5, 5 + length));
}

/** In TLS 1.3 signature schemes say it, before that groups, when there is a cipher for it as well. */
function ecdsaCurvesOf(connection: SslConnection, { tls13, ecdsaCiphers }: ServerAbilities): ReadonlySet<Curve> {
  const version = connection.helloVersion;
  const offers13 = connection.hasHelloExtension(extensions.supportedVersions);
  if (version === tlsVersions.tls12 && tls13 && offers13)
    return curvesIn(connection.helloExtension(extensions.signatureAlgorithms));
  const wanted = curvesIn(connection.helloExtension(extensions.supportedGroups));
  if (wanted.size === 0) return wanted;
  const offered = connection.helloCiphers;
  for (let at = 0; at + 1 < offered.length; at += 2) if (ecdsaCiphers.has(wordAt(offered, at))) return wanted;
  return new Set();
}

/** Of a list of numbers after its length. */
function curvesIn(extension: Uint8Array | undefined): ReadonlySet<Curve> {
  const found = new Set<Curve>();
  if (extension === undefined) return found;
  for (let at = 2; at + 1 < extension.length; at += 2) {
    const curve = curves.get(wordAt(extension, at));
    if (curve !== undefined) found.add(curve);
  }
  return found;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
