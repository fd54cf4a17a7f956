import { nameTable } from './name-table.ts';

/**
 * The headers of which Envoy keeps one value a message: a second one is joined to the first with a comma when it
 * arrives and when a filter adds it (INLINE_*_HEADERS in envoy/http/header_map.h plus what extensions register;
 * the lists were found by sending each header twice through Envoy 1.40).
 */
const both = [
  ':authority',
  'cache-control',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'keep-alive',
  'proxy-connection',
  'proxy-status',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-envoy-attempt-count',
  'x-envoy-decorator-operation',
  'x-request-id',
] as const;

const requestOnly = [
  ':method',
  ':path',
  ':protocol',
  ':scheme',
  'accept',
  'accept-encoding',
  'access-control-request-headers',
  'access-control-request-method',
  'access-control-request-private-network',
  'authorization',
  'cdn-loop',
  'expect',
  'grpc-accept-encoding',
  'grpc-timeout',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'origin',
  'pragma',
  'referer',
  'te',
  'user-agent',
  'x-client-trace-id',
  'x-envoy-downstream-service-cluster',
  'x-envoy-downstream-service-node',
  'x-envoy-expected-rq-timeout-ms',
  'x-envoy-external-address',
  'x-envoy-force-trace',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-internal',
  'x-envoy-ip-tags',
  'x-envoy-is-timeout-retry',
  'x-envoy-max-retries',
  'x-envoy-original-host',
  'x-envoy-original-path',
  'x-envoy-original-url',
  'x-envoy-retriable-header-names',
  'x-envoy-retriable-status-codes',
  'x-envoy-retry-grpc-on',
  'x-envoy-retry-on',
  'x-envoy-upstream-alt-stat-name',
  'x-envoy-upstream-rq-per-try-timeout-ms',
  'x-envoy-upstream-rq-timeout-alt-response',
  'x-envoy-upstream-rq-timeout-ms',
  'x-envoy-upstream-stream-duration-ms',
  'x-forwarded-client-cert',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
] as const;

const responseOnly = [
  ':status',
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
  'access-control-allow-private-network',
  'access-control-expose-headers',
  'access-control-max-age',
  'age',
  'date',
  'etag',
  'expires',
  'grpc-message',
  'grpc-status',
  'last-modified',
  'location',
  'server',
  'vary',
  'x-envoy-degraded',
  'x-envoy-immediate-health-check-fail',
  'x-envoy-ratelimited',
  'x-envoy-upstream-canary',
  'x-envoy-upstream-healthchecked-cluster',
  'x-envoy-upstream-service-time',
] as const;

export const requestInlineNames: ReadonlySet<string> = new Set([...both, ...requestOnly]);
export const responseInlineNames: ReadonlySet<string> = new Set([...both, ...responseOnly]);
/** In trailers nothing is joined but gRPC's result (INLINE_RESP_STRING_HEADERS_TRAILERS). */
export const trailerInlineNames: ReadonlySet<string> = new Set(['grpc-message', 'grpc-status']);

/** The same by id of the known name: 1 where there is one value. */
export function inlineIds(names: ReadonlySet<string>): Uint8Array {
  const ids = new Uint8Array(nameTable.size);
  for (const name of names) {
    const id = nameTable.idOf(name);
    if (id < 0) throw new Error(`${name} is missing in names.ts`);
    ids[id] = 1;
  }
  return ids;
}
