import { derOf } from './certificate.ts';
import type { OpenSsl, OpenSslError } from './openssl.ts';
import { stackElements } from './pem.ts';
import type { TrustStore } from './trust-store.ts';

/** Why a chain of certificates is not trusted. */
export interface ChainProblem {
  /** X509_V_ERR. */
  readonly code: number;
  readonly depth: number;
  readonly text: string;
  /** What OpenSSL's libraries told meanwhile. */
  readonly errors: readonly OpenSslError[];
}

/** X509_V_ERR of x509_vfy.h. */
const noIssuer = 20;
const pathTooLong = 25;
const wrongPurpose = 26;
const noAuthority = 79;

/** KU_KEY_CERT_SIGN of x509v3.h. */
const maySign = 4;

/** The peer's certificates, to be judged (an X509_STORE_CTX); holds while `onVerify` runs. */
export class PeerVerification {
  readonly #openSsl: OpenSsl;
  readonly #store: bigint;
  #errors: readonly OpenSslError[] = [];

  constructor(openSsl: OpenSsl, store: bigint) {
    this.#openSsl = openSsl;
    this.#store = store;
  }

  /** Looks for a path to what is trusted; undefined when there is one. */
  verifyChain(): ChainProblem | undefined {
    const { call } = this.#openSsl;
    if (this.#holds(this.#store)) return undefined;
    if (!isOfAnchor(this.#openSsl, this.#store)) return this.#problemOf(this.#store);
    return this.#verifyAnew(call.X509_STORE_CTX_get0_store(this.#store), (own) =>
      call.X509_VERIFY_PARAM_set1(call.X509_STORE_CTX_get0_param(own), call.X509_STORE_CTX_get0_param(this.#store)),
    );
  }

  /** The same with other authorities than those of the context, and without asking what the certificate is for. */
  verifyChainBy(trust: TrustStore): ChainProblem | undefined {
    return this.#verifyAnew(trust.pointer);
  }

  /** With a lenient eye on what is trusted. */
  #verifyAnew(trust: bigint, prepare?: (own: bigint) => void): ChainProblem | undefined {
    const { call, handshakes } = this.#openSsl;
    const leaf = call.X509_STORE_CTX_get0_cert(this.#store);
    const presented = call.X509_STORE_CTX_get0_untrusted(this.#store);
    const own = call.X509_STORE_CTX_new();
    try {
      call.X509_STORE_CTX_init(own, trust, leaf, presented);
      prepare?.(own);
      call.X509_STORE_CTX_set_verify_cb(own, handshakes.chainFault);
      return this.#holds(own) ? undefined : this.#problemOf(own);
    } finally {
      call.X509_STORE_CTX_free(own);
    }
  }

  #holds(store: bigint): boolean {
    const { call } = this.#openSsl;
    const holds = call.X509_verify_cert(store) === 1;
    this.#errors = this.#openSsl.takeErrors();
    return holds;
  }

  #problemOf(store: bigint): ChainProblem {
    const { call } = this.#openSsl;
    const code = call.X509_STORE_CTX_get_error(store);
    const depth = call.X509_STORE_CTX_get_error_depth(store);
    // To BoringSSL who may not sign has issued nothing.
    if (code === noAuthority && depth > 0 && !currentMaySign(this.#openSsl, store))
      return { code: noIssuer, depth: depth - 1, text: this.#textOf(noIssuer), errors: this.#errors };
    return { code, depth, text: this.#textOf(code), errors: this.#errors };
  }

  #textOf(code: number): string {
    return this.#openSsl.textAt(this.#openSsl.call.X509_verify_cert_error_string(BigInt(code)));
  }

  /** DER of who issued the peer's certificate, once `verifyChain` has found a path; undefined when that is itself. */
  issuer(): Uint8Array | undefined {
    const chain = this.#openSsl.call.X509_STORE_CTX_get0_chain(this.#store);
    const [, issuer] = stackElements(this.#openSsl, chain);
    return issuer === undefined ? undefined : derOf(this.#openSsl, issuer);
  }

  /** DER of all that the peer presented, its own first. */
  presented(): Uint8Array[] {
    const stack = this.#openSsl.call.X509_STORE_CTX_get0_untrusted(this.#store);
    return stackElements(this.#openSsl, stack).map((x509) => derOf(this.#openSsl, x509));
  }
}

/**
 * Whether what is wrong is only what the trusted certificate itself says of its use: that it is no authority, how long chains
 * below it may be, what they are for. It is trusted by configuration, so that BoringSSL does not ask.
 */
export function passesAnchor(openSsl: OpenSsl, store: bigint): boolean {
  const { call } = openSsl;
  if (!isOfAnchor(openSsl, store)) return false;
  return call.X509_STORE_CTX_get_error(store) !== noAuthority || currentMaySign(openSsl, store);
}

function isOfAnchor(openSsl: OpenSsl, store: bigint): boolean {
  const { call } = openSsl;
  const code = call.X509_STORE_CTX_get_error(store);
  if (code !== pathTooLong && code !== wrongPurpose && code !== noAuthority) return false;
  const length = stackElements(openSsl, call.X509_STORE_CTX_get0_chain(store)).length;
  return length > 1 && call.X509_STORE_CTX_get_error_depth(store) === length - 1;
}

/** Whether the certificate that is being looked at may sign others; so may one that does not say what its key is for. */
function currentMaySign(openSsl: OpenSsl, store: bigint): boolean {
  const { call } = openSsl;
  return (call.X509_get_key_usage(call.X509_STORE_CTX_get_current_cert(store)) & maySign) !== 0;
}
