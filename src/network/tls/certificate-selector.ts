import type { ClientHello, Curve } from './client-hello.ts';
import type { KeyKind, LoadedCertificate } from './load-certificate.ts';
import type { OcspStapler } from './ocsp-stapler.ts';

/**
 * Chooses among several certificates (Envoy's DefaultTlsCertificateSelector): by the server's name, else by wildcard; of
 * those, an ECDSA one that the client can check is better than an RSA one; what is first in the configuration is better.
 */
export class CertificateSelector {
  readonly #certificates: readonly LoadedCertificate[];
  readonly #stapler: OcspStapler;
  readonly #scansAll: boolean;
  readonly #hasRsa: boolean;
  /** Indices by server name, for each kind of key the first one; `.example.com` stands for the wildcard. */
  readonly #byName = new Map<string, Map<KeyKind, number>>();

  /** @param scansAll all certificates are looked at, too, when none has the name. */
  constructor(certificates: readonly LoadedCertificate[], stapler: OcspStapler, scansAll: boolean) {
    this.#certificates = certificates;
    this.#stapler = stapler;
    this.#scansAll = scansAll;
    this.#hasRsa = certificates.some(({ keyKind }) => keyKind === 'RSA');
    for (const [index, certificate] of certificates.entries()) this.#addNames(certificate, index);
  }

  /** Of certificates with alternative names only those of DNS count, of others the common name. */
  #addNames({ info, keyKind }: LoadedCertificate, index: number): void {
    const { hasSubjectAltNames, subjectAltNames, commonName } = info.parts;
    const names = hasSubjectAltNames
      ? subjectAltNames.filter(({ kind }) => kind === 'DNS').map(({ text }) => text)
      : [commonName].filter((name) => name !== '');
    for (const name of names) {
      const pattern = name.startsWith('*.') ? name.slice(1) : name;
      let byKind = this.#byName.get(pattern);
      if (byKind === undefined) {
        byKind = new Map();
        this.#byName.set(pattern, byKind);
      }
      if (!byKind.has(keyKind)) byKind.set(keyKind, index);
    }
  }

  /** The index of the chosen one; undefined when none may be sent without an OCSP response. */
  select(hello: ClientHello): number | undefined {
    const index = this.#find(hello);
    const fails = hello.wantsOcsp && this.#stapler.actionFor(index) === 'fail';
    return fails ? undefined : index;
  }

  #find(hello: ClientHello): number {
    const { serverName } = hello;
    if (serverName !== '') {
      const named = this.#firstOf(this.#named(serverName), hello) ?? this.#firstOf(this.#wildcards(serverName), hello);
      if (named !== undefined) return named;
      if (!this.#scansAll) return 0;
    }
    if (hello.ecdsaCurves.size === 0 && !this.#hasRsa) return 0;
    return this.#firstOf(this.#certificates.keys(), hello) ?? 0;
  }

  #named(name: string): Iterable<number> {
    return this.#byName.get(name)?.values() ?? [];
  }

  #wildcards(name: string): Iterable<number> {
    const dot = name.indexOf('.', 1);
    return dot < 0 || dot === name.length - 1 ? [] : this.#named(name.slice(dot));
  }

  /** The first one that suits the client best, else the first one that it can do with. */
  #firstOf(indices: Iterable<number>, { ecdsaCurves, wantsOcsp }: ClientHello): number | undefined {
    let candidate: number | undefined;
    for (const index of indices) {
      if (wantsOcsp && this.#stapler.actionFor(index) === 'fail') continue;
      const { keyKind, curve } = this.#certificates[index] as LoadedCertificate;
      if (keyKind === 'EC') {
        if (ecdsaCurves.has(curve as Curve)) return index;
      } else if (ecdsaCurves.size === 0) {
        return index;
      } else {
        candidate ??= index;
      }
    }
    return candidate;
  }
}
