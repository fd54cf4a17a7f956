import type { HealthCheck_HttpHealthCheck as HttpHealthCheck } from '../../../../api/generated/envoy/config/core/v3/health_check_pb.d.ts';
import type { Int64Range } from '../../../../api/generated/envoy/type/v3/range_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';
import { parseStringMatcher, type StringMatcher } from '../../../common/matcher/string-matcher.ts';
import { type HeaderMutations, parseHeaderMutations } from '../../../common/router/header-mutations.ts';
import { parsePayload, parsePayloads } from '../../../common/upstream/health-check-payload.ts';

/** `end` is not of it. */
export interface StatusRange {
  readonly start: number;
  readonly end: number;
}

export interface HttpHealthCheckConfig {
  /** '' = the cluster's name stands for it. */
  readonly host: string;
  readonly path: string;
  readonly method: string;
  /** Empty = no body. */
  readonly send: Uint8Array;
  readonly receive: readonly Uint8Array[];
  /** How much of an answer is looked at; 0 = all. */
  readonly responseBufferBytes: number;
  readonly headers: HeaderMutations | undefined;
  readonly expected: readonly StatusRange[];
  readonly retriable: readonly StatusRange[];
  readonly serviceName: StringMatcher | undefined;
}

/** envoy.config.core.v3.RequestMethod by number. */
const METHODS = ['GET', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];
const BODILESS = new Set(['GET', 'HEAD', 'DELETE', 'TRACE']);
const HTTP1 = 0;
const defaultBufferBytes = 1024;

export function parseHttpHealthCheck(message: HttpHealthCheck, ctx: ConfigContext): HttpHealthCheckConfig {
  ctx.requireSupported(message, [
    'host',
    'path',
    'send',
    'receive',
    'responseBufferSize',
    'requestHeadersToAdd',
    'requestHeadersToRemove',
    'expectedStatuses',
    'retriableStatuses',
    'codecClientType',
    'serviceNameMatcher',
    'method',
  ]);
  if (message.codecClientType !== HTTP1) {
    ctx.child('codec_client_type').error('HTTP/2 and HTTP/3 are not supported yet', { expected: 'HTTP1' });
  }
  const method = METHODS[message.method] ?? 'GET';
  if (message.send !== undefined && BODILESS.has(method)) {
    const those = 'Only methods that support a request body (POST, PUT, PATCH, OPTIONS) can be used with payload.';
    ctx.child('send').error(`HTTP health check cannot specify a request payload with method '${method}'. ${those}`);
  }
  const { requestHeadersToAdd, requestHeadersToRemove, serviceNameMatcher } = message;
  const expected = parseRanges(message.expectedStatuses, 'expected', ctx);
  return Object.freeze({
    host: message.host,
    path: message.path,
    method,
    send: parsePayload(message.send, ctx.child('send')),
    ...parseReceive(message, ctx),
    headers: parseHeaderMutations(requestHeadersToAdd, requestHeadersToRemove, ctx, 'request'),
    expected: expected.length === 0 ? [{ start: 200, end: 201 }] : expected,
    retriable: parseRanges(message.retriableStatuses, 'retriable', ctx),
    serviceName:
      serviceNameMatcher === undefined
        ? undefined
        : parseStringMatcher(serviceNameMatcher, ctx.child('service_name_matcher')),
  });
}

function parseReceive(
  message: HttpHealthCheck,
  ctx: ConfigContext,
): Pick<HttpHealthCheckConfig, 'receive' | 'responseBufferBytes'> {
  const receive = parsePayloads(message.receive, ctx, 'receive');
  const responseBufferBytes = Number(message.responseBufferSize ?? defaultBufferBytes);
  const length = receive.reduce((sum, piece) => sum + piece.length, 0);
  if (responseBufferBytes !== 0 && length > responseBufferBytes) {
    const size = `over than http health response buffer size '${responseBufferBytes}'`;
    ctx.child('receive').error(`The expected response length '${length}' is ${size}`);
  }
  return { receive, responseBufferBytes };
}

/** Envoy's checks and words. */
function parseRanges(ranges: readonly Int64Range[], kind: string, ctx: ConfigContext): StatusRange[] {
  return ranges.map((range, i) => {
    const [start, end] = [Number(range.start), Number(range.end)];
    const fault =
      start >= end
        ? `expecting start < end, but found start=${start} and end=${end}`
        : start < 100
          ? `expecting start >= 100, but found start=${start}`
          : end > 600
            ? `expecting end <= 600, but found end=${end}`
            : undefined;
    if (fault !== undefined) ctx.child(`${kind}_statuses`, i).error(`Invalid http ${kind} status range: ${fault}`);
    return { start, end };
  });
}
