import type { Counter, Histogram, Scope } from '../../../../../sdk/stats.ts';

/** `tls_inspector.` */
export class TlsInspectorStats {
  readonly clientHelloTooLarge: Counter;
  readonly tlsFound: Counter;
  readonly tlsNotFound: Counter;
  readonly alpnFound: Counter;
  readonly alpnNotFound: Counter;
  readonly sniFound: Counter;
  readonly sniNotFound: Counter;
  readonly bytesProcessed: Histogram;

  constructor(root: Scope) {
    const scope = root.scope('tls_inspector');
    this.clientHelloTooLarge = scope.counter('client_hello_too_large');
    this.tlsFound = scope.counter('tls_found');
    this.tlsNotFound = scope.counter('tls_not_found');
    this.alpnFound = scope.counter('alpn_found');
    this.alpnNotFound = scope.counter('alpn_not_found');
    this.sniFound = scope.counter('sni_found');
    this.sniNotFound = scope.counter('sni_not_found');
    this.bytesProcessed = scope.histogram('bytes_processed', 'bytes');
  }
}
