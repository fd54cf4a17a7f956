import type { HandshakeSettings } from '../../native/openssl/handshake-settings.ts';
import { type CompliancePolicy, tlsVersions } from './tls-options.ts';

/** Lists are in OpenSSL's words; groups the best first. What is absent stays as it is configured. */
type PolicySettings = Omit<HandshakeSettings, 'ciphers' | 'clientSignatureAlgorithms'> & { readonly ciphers?: string };

const aes256 = 'TLS_AES_256_GCM_SHA384';
const withSha384 = ['ecdsa_secp384r1_sha384', 'rsa_pss_rsae_sha384'];

/** As BoringSSL has them. */
export const compliancePolicies: Readonly<Record<CompliancePolicy, PolicySettings>> = {
  /** AES-GCM with ECDHE over the curves of NIST, signatures with SHA-2. */
  FIPS_202205: {
    minVersion: tlsVersions.tls12,
    maxVersion: tlsVersions.tls13,
    tls13Ciphers: `TLS_AES_128_GCM_SHA256:${aes256}`,
    ciphers:
      'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384',
    groups: 'P-256:P-384',
    signatureAlgorithms: [
      'rsa_pkcs1_sha256',
      'rsa_pkcs1_sha384',
      'rsa_pkcs1_sha512',
      'ecdsa_secp256r1_sha256',
      'ecdsa_secp384r1_sha384',
      'rsa_pss_rsae_sha256',
      'rsa_pss_rsae_sha384',
      'rsa_pss_rsae_sha512',
    ].join(':'),
  },
  /** AES-256 and SHA-384, over ML-KEM-1024 alone. */
  CNSA2_202603: {
    minVersion: tlsVersions.tls13,
    maxVersion: tlsVersions.tls13,
    tls13Ciphers: aes256,
    groups: 'MLKEM1024',
    signatureAlgorithms: ['mldsa87', ...withSha384].join(':'),
  },
  /** AES-256 and SHA-384, over P-384 as well. */
  CNSA1_202603: {
    minVersion: tlsVersions.tls12,
    maxVersion: tlsVersions.tls13,
    tls13Ciphers: aes256,
    ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:AES256-GCM-SHA384',
    groups: 'MLKEM1024:P-384',
    signatureAlgorithms: ['mldsa87', ...withSha384, 'rsa_pkcs1_sha384'].join(':'),
  },
};
