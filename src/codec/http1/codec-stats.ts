import type { Scope } from '../../../sdk/stats.ts';
import type { Http1CodecStats } from './options.ts';

/** The counters `http1.*` below a scope: a listener's, a cluster's or the connection manager's. */
export function makeHttp1CodecStats(scope: Scope): Http1CodecStats {
  return {
    droppedHeadersWithUnderscores: scope.counter('http1.dropped_headers_with_underscores'),
    metadataNotSupportedError: scope.counter('http1.metadata_not_supported_error'),
    requestsRejectedWithUnderscoresInHeaders: scope.counter('http1.requests_rejected_with_underscores_in_headers'),
    responseFlood: scope.counter('http1.response_flood'),
  };
}
