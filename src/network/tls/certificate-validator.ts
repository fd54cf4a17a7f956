import { ConfigError } from '../../../sdk/config.ts';
import type { GeneralName } from '../../../sdk/network.ts';
import { derOf, sha256 } from '../../native/openssl/certificate.ts';
import type { OpenSsl } from '../../native/openssl/openssl.ts';
import type { PeerVerification } from '../../native/openssl/peer-verification.ts';
import { forEachPemInfo } from '../../native/openssl/pem.ts';
import { type SslContext, storeFlags, verifyModes } from '../../native/openssl/ssl-context.ts';
import { hex, TlsCertificateInfo } from './certificate-info.ts';
import { signatureFaults } from './signature-failure.ts';
import type { ValidationStatus } from './tls-info.ts';
import type { ValidationOptions } from './tls-options.ts';
import type { TlsStats } from './tls-stats.ts';
import {
  alertCodeOf,
  badCertificate,
  describeProblem,
  isOneOf,
  type Judgement,
  type NamesToMatch,
  refusedByUs,
  type Validator,
} from './validator.ts';

/** RFC 6066, section 9. */
const badCertificateHashValue = 114;

/** X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY */
const noIssuer = 20;

/** Checks certificates of peers as `validation_context` says (Envoy's DefaultCertValidator). */
export class CertificateValidator implements Validator {
  readonly authorities: readonly TlsCertificateInfo[];
  readonly #openSsl: OpenSsl;
  readonly #options: ValidationOptions | undefined;
  readonly #stats: TlsStats | undefined;

  constructor(openSsl: OpenSsl, options: ValidationOptions | undefined, stats: TlsStats | undefined) {
    this.#openSsl = openSsl;
    this.#options = options;
    this.#stats = stats;
    const authorities = options === undefined ? [] : this.#readAuthorities(options);
    this.authorities = authorities.map((der) => new TlsCertificateInfo(openSsl, der));
  }

  get authorityPath(): string {
    return this.#options?.trustedCaPath ?? '';
  }

  get expirations(): readonly (readonly [string, TlsCertificateInfo | undefined])[] {
    return this.#options === undefined ? [] : [[this.#options.name, this.authorities[0]]];
  }

  get hasTrust(): boolean {
    return this.authorities.length > 0;
  }

  get checks(): boolean {
    const options = this.#options;
    if (options === undefined) return false;
    const { subjectNames, certificateHashes, publicKeyHashes } = options;
    return this.hasTrust || subjectNames.length + certificateHashes.length + publicKeyHashes.length > 0;
  }

  prepare(contexts: readonly SslContext[]): number {
    const options = this.#options;
    if (options === undefined) return verifyModes.none;
    for (const context of contexts) this.#prepareStore(context, options);
    const byContent =
      options.subjectNames.length + options.certificateHashes.length + options.publicKeyHashes.length > 0;
    if (byContent) return options.acceptUntrusted ? verifyModes.peer : verifyModes.peer | verifyModes.failIfNoPeer;
    return this.hasTrust || options.acceptUntrusted ? verifyModes.peer : verifyModes.none;
  }

  prepareServer(context: SslContext, requireClientCertificate: boolean): void {
    const options = this.#options;
    if (options === undefined || !this.hasTrust) return;
    if (!options.suppressClientCaList) context.announceAuthorities(this.authorities.map(({ der }) => der));
    if (requireClientCertificate) context.setVerifyMode(verifyModes.peer | verifyModes.failIfNoPeer);
    // The configuration's count includes the authority, OpenSSL's neither that nor the peer.
    if (options.maxVerifyDepth !== undefined) context.setVerifyDepth(Math.max(0, options.maxVerifyDepth - 1));
  }

  #readAuthorities({ trustedCa, trustedCaPath }: ValidationOptions): Uint8Array[] {
    if (trustedCa.length === 0) return [];
    const authorities: Uint8Array[] = [];
    const opened = forEachPemInfo(this.#openSsl, trustedCa, (x509) => {
      if (x509 !== 0n) authorities.push(derOf(this.#openSsl, x509));
    });
    if (!opened || authorities.length === 0)
      throw new ConfigError(`Failed to load trusted CA certificates from ${trustedCaPath}`);
    return authorities;
  }

  #prepareStore(context: SslContext, options: ValidationOptions): void {
    let hasRevocations = false;
    const add = (x509: bigint, crl: bigint, addTrust: boolean): void => {
      if (x509 !== 0n && addTrust) context.addTrust(x509);
      if (crl === 0n) return;
      context.addRevocations(crl);
      hasRevocations = true;
    };
    if (options.trustedCa.length > 0) {
      context.setStoreFlags(storeFlags.partialChain);
      forEachPemInfo(this.#openSsl, options.trustedCa, (x509, crl) => add(x509, crl, true));
      if (options.allowExpiredCertificate) context.setStoreFlags(storeFlags.noCheckTime);
    }
    if (options.crl.length > 0) {
      hasRevocations = true;
      if (!forEachPemInfo(this.#openSsl, options.crl, (x509, crl) => add(x509, crl, false)))
        throw new ConfigError(`Failed to load CRL from ${options.crlPath}`);
    }
    if (!hasRevocations) return;
    context.setStoreFlags(storeFlags.crlCheck | (options.onlyVerifyLeafCertCrl ? 0n : storeFlags.crlCheckAll));
  }

  verify(verification: PeerVerification, peer: TlsCertificateInfo, names: NamesToMatch): Judgement {
    const { acceptUntrusted = false } = this.#options ?? {};
    // Without a validation context Envoy leaves a peer whose names it is to check to BoringSSL, which trusts nobody.
    if (this.#options === undefined && names.exact.length > 0)
      return { accepts: false, x509Error: noIssuer, status: 'Failed', detail: '' };
    if (!this.checks && names.exact.length === 0) return accepted('NotValidated');
    if (this.hasTrust) {
      const problem = verification.verifyChain();
      if (problem !== undefined) {
        this.#stats?.failVerifyError.inc();
        const { code } = problem;
        if (acceptUntrusted) return { accepts: true, x509Error: code, status: 'Failed', detail: '' };
        const [detail, faults] = [describeProblem(problem), signatureFaults(problem)];
        return { accepts: false, x509Error: alertCodeOf(code), status: 'Failed', detail, faults };
      }
    }
    const issuer = this.hasTrust ? this.#issuerOf(verification) : undefined;
    const judged = this.#verifyContent(peer, names);
    const status = judged.status === 'NotValidated' && this.hasTrust ? 'Validated' : judged.status;
    if (acceptUntrusted) return { accepts: true, x509Error: judged.x509Error, status, detail: '', issuer };
    return { ...judged, accepts: status === 'Validated', status, issuer };
  }

  #issuerOf(verification: PeerVerification): TlsCertificateInfo | undefined {
    const der = verification.issuer();
    return der === undefined ? undefined : new TlsCertificateInfo(this.#openSsl, der);
  }

  #verifyContent(certificate: TlsCertificateInfo, names: NamesToMatch): Judgement {
    const { subjectAltNames } = certificate.parts;
    let status: ValidationStatus = 'NotValidated';
    if (names.exact.length > 0) {
      if (!subjectAltNames.some((name) => isOneOf(name, names.exact))) {
        const list = names.exact.join(', ');
        return this.#refuseNames(`verify SAN list, expected SANs: [${list}], certificate SANs: [`, subjectAltNames);
      }
      status = 'Validated';
    }
    const matchers = names.instead ?? this.#options?.subjectNames ?? [];
    if (matchers.length > 0) {
      if (!matchers.some((matcher) => subjectAltNames.some((name) => matcher.matches(name))))
        return this.#refuseNames('SAN matcher, certificate SANs are [', subjectAltNames);
      status = 'Validated';
    }
    return this.#verifyDigests(certificate, status);
  }

  #verifyDigests(certificate: TlsCertificateInfo, status: ValidationStatus): Judgement {
    const { certificateHashes = [], publicKeyHashes = [] } = this.#options ?? {};
    if (certificateHashes.length + publicKeyHashes.length === 0) return accepted(status);
    const isKnown =
      certificateHashes.includes(certificate.sha256Digest) ||
      (publicKeyHashes.length > 0 &&
        publicKeyHashes.includes(hex(sha256(this.#openSsl, certificate.parts.publicKeyInfo))));
    if (isKnown) return accepted('Validated');
    this.#stats?.failVerifyCertHash.inc();
    return {
      accepts: false,
      x509Error: badCertificate,
      status: 'Failed',
      detail: 'verify cert failed: cert hash and spki',
      alert: badCertificateHashValue,
    };
  }

  #refuseNames(what: string, names: readonly GeneralName[]): Judgement {
    this.#stats?.failVerifySan.inc();
    const detail = `verify cert failed: ${what}${names.map(({ text }) => text).join(', ')}]`;
    return { accepts: false, x509Error: refusedByUs, status: 'Failed', detail };
  }

  /** What is trusted belongs to the contexts. */
  [Symbol.dispose](): void {}

  get fingerprint(): string {
    const options = this.#options;
    if (options === undefined) return '';
    const { trustedCa: _ca, crl, subjectNames, ...rest } = options;
    return JSON.stringify([
      this.authorities.map(({ sha256Digest }) => sha256Digest),
      hex(sha256(this.#openSsl, crl)),
      subjectNames.map(({ key }) => key),
      rest,
    ]);
  }
}

function accepted(status: ValidationStatus): Judgement {
  return { accepts: true, x509Error: 0, status, detail: '' };
}
