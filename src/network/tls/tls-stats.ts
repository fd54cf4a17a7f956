import type { Counter, Scope } from '../../../sdk/stats.ts';

/** `listener.<address>.ssl.…` or `cluster.<name>.ssl.…`, by Envoy's names. */
export class TlsStats {
  readonly connectionError: Counter;
  readonly handshake: Counter;
  readonly sessionReused: Counter;
  readonly noCertificate: Counter;
  readonly failVerifyNoCert: Counter;
  readonly failVerifyError: Counter;
  readonly failVerifySan: Counter;
  readonly failVerifyCertHash: Counter;
  readonly ocspStapleFailed: Counter;
  readonly ocspStapleOmitted: Counter;
  readonly ocspStapleResponses: Counter;
  readonly ocspStapleRequests: Counter;
  readonly #scope: Scope;
  readonly #named = new Map<string, Counter>();

  constructor(scope: Scope) {
    this.#scope = scope;
    this.connectionError = scope.counter('ssl.connection_error');
    this.handshake = scope.counter('ssl.handshake');
    this.sessionReused = scope.counter('ssl.session_reused');
    this.noCertificate = scope.counter('ssl.no_certificate');
    this.failVerifyNoCert = scope.counter('ssl.fail_verify_no_cert');
    this.failVerifyError = scope.counter('ssl.fail_verify_error');
    this.failVerifySan = scope.counter('ssl.fail_verify_san');
    this.failVerifyCertHash = scope.counter('ssl.fail_verify_cert_hash');
    this.ocspStapleFailed = scope.counter('ssl.ocsp_staple_failed');
    this.ocspStapleOmitted = scope.counter('ssl.ocsp_staple_omitted');
    this.ocspStapleResponses = scope.counter('ssl.ocsp_staple_responses');
    this.ocspStapleRequests = scope.counter('ssl.ocsp_staple_requests');
  }

  /** Counts what a handshake chose: `ssl.ciphers.<name>` and its like, which come into being when they are first met. */
  countChoice(kind: 'ciphers' | 'versions' | 'curves' | 'sigalgs', name: string): void {
    const key = `ssl.${kind}.${name}`;
    let counter = this.#named.get(key);
    if (counter === undefined) {
      counter = this.#scope.counter(key);
      this.#named.set(key, counter);
    }
    counter.inc();
  }

  setExpiration(certificateName: string, unixSeconds: number): void {
    this.#scope.gauge(`ssl.certificate.${certificateName}.expiration_unix_time_seconds`).set(unixSeconds);
  }
}

/** `<prefix>.server_ssl_socket_factory.…` or `client_…`: what happens to a factory's secrets. */
export function createFactoryStats(scope: Scope, role: 'server' | 'client'): void {
  const prefix = `${role}_ssl_socket_factory`;
  scope.counter(`${prefix}.ssl_context_update_by_sds`);
  scope.counter(`${prefix}.upstream_context_secrets_not_ready`);
  scope.counter(`${prefix}.downstream_context_secrets_not_ready`);
}
