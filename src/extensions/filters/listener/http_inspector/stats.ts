import type { Counter, Scope } from '../../../../../sdk/stats.ts';

/** `http_inspector.` */
export class HttpInspectorStats {
  readonly readError: Counter;
  readonly httpNotFound: Counter;
  readonly found: Readonly<Record<'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2', Counter>>;

  constructor(root: Scope) {
    const scope = root.scope('http_inspector');
    this.readError = scope.counter('read_error');
    this.httpNotFound = scope.counter('http_not_found');
    this.found = {
      'HTTP/1.0': scope.counter('http10_found'),
      'HTTP/1.1': scope.counter('http11_found'),
      'HTTP/2': scope.counter('http2_found'),
    };
  }
}
