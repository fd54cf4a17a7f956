import type { GeneralName } from '../../../sdk/network.ts';
import { type DerNode, derChildren, derOid, derString, derTimeMs, readDer, wholeOf } from './der.ts';
import { readGeneralNames } from './general-names.ts';

/** The parts of a certificate (RFC 5280, section 4.1) that are asked for here. */
export interface X509Parts {
  readonly serial: Uint8Array;
  readonly validFromMs: number;
  readonly expirationMs: number;
  /** The last CN, by which servers without alternative names are known. */
  readonly commonName: string;
  readonly organizationNames: readonly string[];
  readonly subjectAltNames: readonly GeneralName[];
  /** Whether it has that extension at all. */
  readonly hasSubjectAltNames: boolean;
  readonly extensions: ReadonlyMap<string, Uint8Array>;
  /** DER of the SubjectPublicKeyInfo. */
  readonly publicKeyInfo: Uint8Array;
}

const keyUsage = '2.5.29.15';
const subjectAltName = '2.5.29.17';
const commonName = '2.5.4.3';
const organizationName = '2.5.4.10';
const explicitVersion = 0xa0;
const explicitExtensions = 0xa3;

/** Reads a certificate that OpenSSL has accepted; what is missing in it is empty. */
export function readX509(der: Uint8Array): X509Parts {
  const [tbs] = derChildren(readDer(der)[0]);
  const fields = derChildren(tbs).filter(({ tag }) => tag !== explicitVersion);
  const [serial, , , validity, subject, publicKey] = fields;
  const [notBefore, notAfter] = derChildren(validity);
  const extensions = readExtensions(fields.find(({ tag }) => tag === explicitExtensions));
  const names = extensions.get(subjectAltName);
  return {
    serial: serial?.content ?? new Uint8Array(0),
    validFromMs: notBefore === undefined ? Number.NaN : derTimeMs(notBefore),
    expirationMs: notAfter === undefined ? Number.NaN : derTimeMs(notAfter),
    commonName: attributes(subject, commonName).at(-1) ?? '',
    organizationNames: attributes(subject, organizationName),
    subjectAltNames: names === undefined ? [] : readGeneralNames(names),
    hasSubjectAltNames: names !== undefined,
    extensions,
    publicKeyInfo: publicKey === undefined ? new Uint8Array(0) : wholeOf(publicKey),
  };
}

/** The first bits of keyUsage (RFC 5280, section 4.2.1.3), digitalSignature the highest; undefined when nothing is said of it. */
export function keyUsageOf({ extensions }: X509Parts): number | undefined {
  const [usage] = readDer(extensions.get(keyUsage) ?? new Uint8Array(0));
  return usage && (usage.content[1] ?? 0);
}

/** Values by identifier. */
function readExtensions(node: DerNode | undefined): Map<string, Uint8Array> {
  const extensions = new Map<string, Uint8Array>();
  for (const extension of derChildren(derChildren(node)[0])) {
    const parts = derChildren(extension);
    const [id] = parts;
    const value = parts.at(-1);
    if (id !== undefined && value !== undefined) extensions.set(derOid(id.content), value.content);
  }
  return extensions;
}

/** Values of one attribute in a distinguished name. */
function attributes(name: DerNode | undefined, type: string): string[] {
  return derChildren(name).flatMap((set) =>
    derChildren(set).flatMap((attribute) => {
      const [id, value] = derChildren(attribute);
      return id !== undefined && value !== undefined && derOid(id.content) === type ? [derString(value)] : [];
    }),
  );
}
