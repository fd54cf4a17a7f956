import type { CidrRange } from '../../common/network/cidr.ts';
import type { SubjectNameMatcher } from '../../common/tls/subject-names.ts';

/** TLS versions as on the wire. */
export const tlsVersions = { tls10: 0x0301, tls11: 0x0302, tls12: 0x0303, tls13: 0x0304 } as const;

/** What BoringSSL calls so: it stands over all else that is configured (`compliance_policies`). */
export type CompliancePolicy = 'FIPS_202205' | 'CNSA2_202603' | 'CNSA1_202603';

/** What handshakes may agree on, as far as it is configured (TlsParameters). */
export interface TlsParams {
  readonly minVersion: number | undefined;
  readonly maxVersion: number | undefined;
  /** Joined by `:`; of BoringSSL's syntax, with `[a|b]` for equals. '' = not given, here and below. */
  readonly cipherSuites: string;
  readonly ecdhCurves: string;
  readonly signatureAlgorithms: string;
  readonly compliancePolicy: CompliancePolicy | undefined;
}

/** A certificate that we present, as bytes; the names are for errors, statistics and /certs. */
export interface CertificateOptions {
  /** In statistics: `unnamed_cert_<hash>`, or the secret's. */
  readonly name: string;
  readonly chain: Uint8Array;
  /** A path or `<inline>`. */
  readonly chainPath: string;
  readonly key: Uint8Array;
  readonly keyPath: string;
  readonly password: Uint8Array;
  /** Instead of chain and key; empty when not given. */
  readonly pkcs12: Uint8Array;
  readonly pkcs12Path: string;
  /** DER of an OCSP response; empty when not given. */
  readonly ocspStaple: Uint8Array;
  /** With this certificate, instead of what the context says; undefined = nothing. Only servers go by it, as in Envoy. */
  readonly params: TlsParams | undefined;
}

/** What is trusted for the names of one SPIFFE trust domain. */
export interface TrustBundle {
  readonly domain: string;
  /** '' = for workloads of no domain in particular. */
  readonly workload: string;
  /** Certificates and revocation lists; empty when `certificates` has them. */
  readonly pem: Uint8Array;
  /** DER. */
  readonly certificates: readonly Uint8Array[];
  /** As /certs shows it: `<domain>: <path>`. */
  readonly path: string;
}

/** What a peer's certificate must be. */
export interface ValidationOptions {
  /** In statistics: `unnamed_ca_cert_<hash>`, or the secret's. */
  readonly name: string;
  /** PEM; empty when not given. */
  readonly trustedCa: Uint8Array;
  readonly trustedCaPath: string;
  readonly crl: Uint8Array;
  readonly crlPath: string;
  /** Hexadecimal SHA-256 of certificates, lower case. */
  readonly certificateHashes: readonly string[];
  /** Hexadecimal SHA-256 of public keys. */
  readonly publicKeyHashes: readonly string[];
  readonly subjectNames: readonly SubjectNameMatcher[];
  readonly allowExpiredCertificate: boolean;
  readonly acceptUntrusted: boolean;
  readonly onlyVerifyLeafCertCrl: boolean;
  readonly maxVerifyDepth: number | undefined;
  readonly suppressClientCaList: boolean;
  /** Undefined: the default validator, not that of SPIFFE, which looks at this, `subjectNames` and `allowExpiredCertificate`. */
  readonly spiffe: readonly TrustBundle[] | undefined;
}

/** Where the secrets of connections are written for the likes of Wireshark, and of which connections. */
export interface KeyLogOptions {
  readonly path: string;
  /** Empty = of all. */
  readonly localRanges: readonly CidrRange[];
  readonly remoteRanges: readonly CidrRange[];
}

export interface TlsOptions extends TlsParams {
  /** Before a policy has its say, which stands over them. */
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly alpnProtocols: readonly string[];
  readonly certificates: readonly CertificateOptions[];
  readonly validation: ValidationOptions | undefined;
  readonly keyLog: KeyLogOptions | undefined;
}

export type OcspStaplePolicy = 'LENIENT_STAPLING' | 'STRICT_STAPLING' | 'MUST_STAPLE';

export interface ServerTlsOptions extends TlsOptions {
  readonly requireClientCertificate: boolean;
  readonly ocspStaplePolicy: OcspStaplePolicy;
  /** 80 bytes each: name, HMAC key, AES key. The first one encrypts. */
  readonly sessionTicketKeys: readonly Uint8Array[];
  readonly disableStatelessSessionResumption: boolean;
  readonly disableStatefulSessionResumption: boolean;
  readonly sessionTimeoutSeconds: number | undefined;
  readonly fullScanCertsOnSniMismatch: boolean;
  readonly preferClientCiphers: boolean;
}

export interface ClientTlsOptions extends TlsOptions {
  /** '' = none is sent. */
  readonly sni: string;
  readonly autoHostSni: boolean;
  /** The server's certificate must be for the name that was asked for. */
  readonly autoSniSanMatch: boolean;
  readonly allowRenegotiation: boolean;
  readonly maxSessionKeys: number;
}
