import { ConfigError } from '../../../sdk/config.ts';
import type { GeneralName } from '../../../sdk/network.ts';
import type { SubjectNameMatcher } from '../../common/tls/subject-names.ts';
import { Certificate, derOf, sha256 } from '../../native/openssl/certificate.ts';
import type { OpenSsl } from '../../native/openssl/openssl.ts';
import type { PeerVerification } from '../../native/openssl/peer-verification.ts';
import { forEachPemInfo } from '../../native/openssl/pem.ts';
import { type SslContext, storeFlags, verifyModes } from '../../native/openssl/ssl-context.ts';
import { TrustStore } from '../../native/openssl/trust-store.ts';
import { hex, TlsCertificateInfo } from './certificate-info.ts';
import { derChildren, derTags, readDer } from './der.ts';
import { signatureFaults } from './signature-failure.ts';
import type { TrustBundle, ValidationOptions } from './tls-options.ts';
import type { TlsStats } from './tls-stats.ts';
import {
  describeProblem,
  isOneOf,
  type Judgement,
  type NamesToMatch,
  refusedByUs,
  type Validator,
} from './validator.ts';
import { keyUsageOf, type X509Parts } from './x509.ts';

const basicConstraints = '2.5.29.19';
/** Bits of keyUsage: keyCertSign, cRLSign. */
const signsOthers = 0x06;
const scheme = 'spiffe://';

/**
 * Checks X.509-SVIDs (SPIFFE) as `envoy.tls.cert_validator.spiffe` does: by the authorities of the trust domain that the
 * certificate names, which no other domain's authorities can speak for.
 */
export class SpiffeValidator implements Validator {
  readonly hasTrust = false;
  readonly checks = true;
  readonly authorityPath: string;
  readonly #openSsl: OpenSsl;
  readonly #options: ValidationOptions;
  readonly #stats: TlsStats | undefined;
  readonly #subjectNames: readonly SubjectNameMatcher[];
  readonly #authorities: TlsCertificateInfo[] = [];
  /** Of workloads of no domain in particular, by trust domain: nothing tells of another. */
  readonly #stores = new Map<string, TrustStore>();
  readonly #held = new DisposableStack();

  constructor(
    openSsl: OpenSsl,
    options: ValidationOptions,
    bundles: readonly TrustBundle[],
    stats: TlsStats | undefined,
  ) {
    this.#openSsl = openSsl;
    this.#options = options;
    this.#stats = stats;
    // SPIFFE has no use for other names.
    this.#subjectNames = options.subjectNames.filter(({ kind }) => kind === 'URI');
    this.authorityPath = bundles.find(({ path }) => path !== '')?.path ?? '';
    using undo = new DisposableStack();
    undo.use(this.#held);
    for (const bundle of bundles) {
      const store = this.#held.use(this.#storeOf(bundle));
      if (bundle.workload === '') this.#stores.set(bundle.domain, store);
    }
    undo.move();
  }

  get authorities(): readonly TlsCertificateInfo[] {
    return this.#authorities.slice(0, 1);
  }

  get expirations(): readonly (readonly [string, TlsCertificateInfo])[] {
    return this.#authorities.map((authority, i) => [`${this.#options.name}_${i}`, authority]);
  }

  get fingerprint(): string {
    const digests = this.#authorities.map(({ der }) => hex(sha256(this.#openSsl, der)));
    return JSON.stringify([
      digests,
      [...this.#stores.keys()],
      this.#subjectNames.map(({ key }) => key),
      this.#options.allowExpiredCertificate,
    ]);
  }

  #storeOf(bundle: TrustBundle): TrustStore {
    const store = new TrustStore(this.#openSsl);
    using undo = new DisposableStack();
    undo.use(store);
    if (this.#options.allowExpiredCertificate) store.setFlags(storeFlags.noCheckTime);
    if (bundle.pem.length > 0 || bundle.certificates.length === 0) this.#addPem(store, bundle);
    for (const der of bundle.certificates) {
      using certificate = Certificate.fromDer(this.#openSsl, der);
      if (certificate === undefined)
        throw new ConfigError(`Invalid x509 object in certs for domain '${bundle.domain}'`);
      this.#addAuthority(store, certificate.pointer);
    }
    undo.move();
    return store;
  }

  #addPem(store: TrustStore, { pem, domain }: TrustBundle): void {
    let found = 0;
    forEachPemInfo(this.#openSsl, pem, (x509, crl) => {
      if (x509 !== 0n || crl !== 0n) found++;
      if (x509 !== 0n) this.#addAuthority(store, x509);
      if (crl === 0n) return;
      store.addRevocations(crl);
      store.setFlags(storeFlags.crlCheck | storeFlags.crlCheckAll);
    });
    if (found === 0) throw new ConfigError(`Failed to load trusted CA certificate for ${domain}`);
  }

  #addAuthority(store: TrustStore, x509: bigint): void {
    store.add(x509);
    this.#authorities.push(new TlsCertificateInfo(this.#openSsl, derOf(this.#openSsl, x509)));
  }

  prepare(): number {
    return verifyModes.peer | verifyModes.failIfNoPeer;
  }

  prepareServer(context: SslContext): void {
    if (!this.#options.suppressClientCaList) context.announceAuthorities(this.#authorities.map(({ der }) => der));
  }

  verify(verification: PeerVerification, { parts }: TlsCertificateInfo, { exact }: NamesToMatch): Judgement {
    if (!isLeaf(parts)) return this.#refuse('verify cert failed: cert precheck');
    const store = this.#stores.get(trustDomainOf(parts.subjectAltNames));
    if (store === undefined) return this.#refuse('verify cert failed: no trust bundle store');
    const problem = verification.verifyChainBy(store);
    if (problem !== undefined) return this.#refuse(describeProblem(problem), signatureFaults(problem));
    if (this.#hasName(parts.subjectAltNames, exact))
      return { accepts: true, x509Error: 0, status: 'Validated', detail: '' };
    this.#stats?.failVerifySan.inc();
    return { accepts: false, x509Error: refusedByUs, status: 'Failed', detail: 'verify cert failed: SAN match' };
  }

  /** Both those that are wanted for this connection and those that are configured. */
  #hasName(names: readonly GeneralName[], exact: readonly string[]): boolean {
    if (exact.length > 0 && !names.some((name) => isOneOf(name, exact))) return false;
    const subjectNames = this.#subjectNames;
    return subjectNames.length === 0 || subjectNames.some((matcher) => names.some((name) => matcher.matches(name)));
  }

  #refuse(detail: string, faults: readonly string[] = []): Judgement {
    this.#stats?.failVerifyError.inc();
    return { accepts: false, x509Error: refusedByUs, status: 'Failed', detail, faults };
  }

  [Symbol.dispose](): void {
    this.#held[Symbol.dispose]();
  }
}

/** Of X.509-SVIDs, section 5.2: no authority, and a key that is told not to sign certificates or revocation lists. */
function isLeaf(parts: X509Parts): boolean {
  const [constraints] = readDer(parts.extensions.get(basicConstraints) ?? new Uint8Array(0));
  const [first] = derChildren(constraints);
  if (first?.tag === derTags.boolean && first.content[0] !== 0) return false;
  const usage = keyUsageOf(parts);
  return usage !== undefined && (usage & signsOthers) === 0;
}

/** Of the first URI; '' when that has none. */
function trustDomainOf(names: readonly GeneralName[]): string {
  const uri = names.find(({ kind }) => kind === 'URI')?.text ?? '';
  const end = uri.indexOf('/', scheme.length);
  return uri.startsWith(scheme) && end >= 0 ? uri.slice(scheme.length, end) : '';
}
