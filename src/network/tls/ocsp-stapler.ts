import type { LoadedCertificate } from './load-certificate.ts';
import type { OcspStaple } from './ocsp-staple.ts';
import type { OcspStaplePolicy } from './tls-options.ts';

export type StapleAction = 'staple' | 'omit' | 'fail';

/** What a client that asks for an OCSP response gets, for each certificate. */
export class OcspStapler {
  readonly #certificates: readonly LoadedCertificate[];
  readonly #staples: readonly (OcspStaple | undefined)[];
  readonly #policy: OcspStaplePolicy;
  readonly #now: () => number;

  /** @param now Unix milliseconds. */
  constructor(
    certificates: readonly LoadedCertificate[],
    staples: readonly (OcspStaple | undefined)[],
    policy: OcspStaplePolicy,
    now: () => number,
  ) {
    this.#certificates = certificates;
    this.#staples = staples;
    this.#policy = policy;
    this.#now = now;
  }

  /** Whether any client that asks may ever be sent away. */
  get mayFail(): boolean {
    return this.#policy !== 'LENIENT_STAPLING' || this.#certificates.some(({ isMustStaple }) => isMustStaple);
  }

  actionFor(index: number): StapleAction {
    const staple = this.#staples[index];
    const isValid = staple !== undefined && this.#now() < staple.nextUpdateMs;
    if (isValid) return 'staple';
    const policy = this.#certificates[index]?.isMustStaple === true ? 'MUST_STAPLE' : this.#policy;
    if (policy === 'MUST_STAPLE') return 'fail';
    return policy === 'STRICT_STAPLING' && staple !== undefined ? 'fail' : 'omit';
  }

  responseOf(index: number): Uint8Array {
    return this.#staples[index]?.bytes ?? new Uint8Array(0);
  }
}
