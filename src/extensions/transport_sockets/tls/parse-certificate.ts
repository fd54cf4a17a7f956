import type { TlsCertificate } from '../../../../api/generated/envoy/extensions/transport_sockets/tls/v3/common_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';
import type { CertificateOptions } from '../../../network/tls/tls-options.ts';
import type { TlsThread } from '../../../network/tls/tls-thread.ts';
import { parseTlsParams } from './parse-tls-params.ts';
import { inlineBytesOf, noContent, readSource } from './read-source.ts';

const hashLength = 8;

/** As Envoy calls certificates and authorities that have no name: the hash is that of inline bytes, of files it is always the same. */
export function unnamed(
  prefix: string,
  source: Parameters<typeof inlineBytesOf>[0] | undefined,
  thread: TlsThread,
): string {
  if (source === undefined) return prefix;
  return `${prefix}_${thread.sha256(inlineBytesOf(source)).slice(0, hashLength)}`;
}

/** Inline certificates; those in which nothing stands are as if they were not there. */
export function parseCertificates(
  certificates: readonly TlsCertificate[],
  thread: TlsThread,
  ctx: ConfigContext,
): CertificateOptions[] {
  return certificates.flatMap((certificate, i) => {
    const { certificateChain, privateKey, privateKeyProvider, pkcs12 } = certificate;
    const isEmpty = [certificateChain, privateKey, privateKeyProvider, pkcs12].every((part) => part === undefined);
    if (isEmpty) return [];
    // Without the underscore where there is no chain: that is Envoy's name.
    const name = certificateChain === undefined ? 'unnamed_cert_' : unnamed('unnamed_cert', certificateChain, thread);
    const options = parseCertificate(certificate, name, ctx.child('tls_certificates', i));
    return options === undefined ? [] : [options];
  });
}

/** Undefined when it cannot be one; the fault has been gathered. */
export function parseCertificate(
  certificate: TlsCertificate,
  name: string,
  ctx: ConfigContext,
): CertificateOptions | undefined {
  const problem = combinationFault(certificate);
  if (problem !== undefined) {
    ctx.error(problem);
    return undefined;
  }
  const chain = readSource(certificate.certificateChain, 'is empty', ctx.child('certificate_chain'));
  const key = readSource(certificate.privateKey, 'is empty', ctx.child('private_key'));
  const pkcs12 = readSource(certificate.pkcs12, 'is empty', ctx.child('pkcs12'));
  const password = readSource(certificate.password, 'is empty', ctx.child('password'));
  if (certificate.pkcs12 === undefined) {
    if (chain.bytes.length === 0) {
      ctx.error(`Failed to load incomplete certificate from ${chain.path}: certificate chain not set`);
      return undefined;
    }
    if (key.bytes.length === 0) {
      ctx.error(`Failed to load incomplete private key from path: ${key.path}`);
      return undefined;
    }
  } else if (pkcs12.bytes.length === 0) {
    ctx.error(`Failed to load pkcs12 from ${pkcs12.path}`);
    return undefined;
  }
  return {
    name,
    chain: chain.bytes,
    chainPath: chain.path,
    key: key.bytes,
    keyPath: key.path,
    password: password.bytes,
    pkcs12: pkcs12.bytes,
    pkcs12Path: pkcs12.path,
    params: certificate.tlsParams === undefined ? undefined : parseTlsParams(certificate.tlsParams),
    ocspStaple: readOcspStaple(certificate, ctx.child('ocsp_staple')),
  };
}

function combinationFault({ pkcs12, ...rest }: TlsCertificate): string | undefined {
  if (pkcs12 !== undefined) {
    const both = (other: string) => `Certificate configuration can't have both pkcs12 and ${other}`;
    if (rest.privateKey !== undefined) return both('private_key');
    if (rest.certificateChain !== undefined) return both('certificate_chain');
    if (rest.privateKeyProvider !== undefined) return both('private_key_provider');
  }
  const { privateKeyProvider: provider } = rest;
  // There is no extension of that kind.
  if (provider !== undefined) return `Failed to load private key provider: ${provider.providerName}`;
  return undefined;
}

function readOcspStaple({ ocspStaple }: TlsCertificate, ctx: ConfigContext): Uint8Array {
  if (ocspStaple?.specifier.case !== 'inlineString') return readSource(ocspStaple, 'is empty', ctx).bytes;
  ctx.error('OCSP staple cannot be provided via inline_string');
  return noContent.bytes;
}
