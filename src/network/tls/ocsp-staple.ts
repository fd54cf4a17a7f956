import { ConfigError } from '../../../sdk/config.ts';
import { type DerNode, derChildren, derOid, derTags, derTimeMs, readDer } from './der.ts';
import type { LoadedCertificate } from './load-certificate.ts';
import type { OcspStaplePolicy } from './tls-options.ts';

/** An OCSP response (RFC 6960) that is sent along with a certificate. */
export interface OcspStaple {
  readonly bytes: Uint8Array;
  /** Unix milliseconds. */
  readonly thisUpdateMs: number;
  /** From then on it is not sent any more; 0 when it says nothing of that. */
  readonly nextUpdateMs: number;
}

const basicResponse = '1.3.6.1.5.5.7.48.1.1';
const explicitZero = 0xa0;

/** The response that is configured for a certificate, if one is. Throws ConfigError in Envoy's words. */
export function readOcspStaple(certificate: LoadedCertificate, policy: OcspStaplePolicy): OcspStaple | undefined {
  const bytes = certificate.options.ocspStaple;
  if (bytes.length === 0) {
    if (certificate.isMustStaple) throw new ConfigError('OCSP response is required for must-staple certificate');
    if (policy === 'MUST_STAPLE') throw new ConfigError('Required OCSP response is missing from TLS context');
    return undefined;
  }
  const [certificateId, , thisUpdate, ...rest] = derChildren(singleResponse(bytes));
  const serial = derChildren(certificateId)[3];
  if (thisUpdate === undefined || serial === undefined || !sameNumber(serial.content, certificate.info.parts.serial))
    throw new ConfigError('OCSP response does not match its TLS certificate');
  const [nextUpdate] = derChildren(rest.find(({ tag }) => tag === explicitZero));
  return {
    bytes,
    thisUpdateMs: derTimeMs(thisUpdate),
    nextUpdateMs: nextUpdate === undefined ? 0 : derTimeMs(nextUpdate),
  };
}

/** Of a successful response for exactly one certificate. */
function singleResponse(bytes: Uint8Array): DerNode | undefined {
  const [response] = readDer(bytes);
  if (response?.tag !== derTags.sequence) throw new ConfigError('Data contained more than a single OCSP response');
  const [status, wrapped] = derChildren(response);
  if (status?.tag !== derTags.enumerated)
    throw new ConfigError('OCSP ResponseStatus is not a well-formed ASN.1 ENUMERATED');
  if (status.content[0] !== 0) throw new ConfigError('OCSP response was unsuccessful');
  if (wrapped === undefined) throw new ConfigError('OCSP response has no body');
  const [type, body] = derChildren(derChildren(wrapped)[0]);
  if (type === undefined || body === undefined)
    throw new ConfigError('OCSP ResponseBytes is not a well-formed SEQUENCE');
  const oid = derOid(type.content);
  if (oid !== basicResponse) throw new ConfigError(`Unknown OCSP Response type with OID: ${oid}`);
  const [data] = derChildren(readDer(body.content)[0]);
  // After the version, if any: who responds, and when.
  const [, , responses] = derChildren(data).filter(({ tag }) => tag !== explicitZero);
  const singles = derChildren(responses);
  if (singles.length !== 1) throw new ConfigError('OCSP Response must be for one certificate only');
  return singles[0];
}

function sameNumber(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
