import type { CelInput } from '@bufbuild/cel';
import { grpcStatusOf } from '../access-log/grpc-status.ts';
import { responseFlagBit } from '../stream-info/response-flags.ts';
import { headerMap } from './header-values.ts';
import type { AttributeTable } from './lazy-map.ts';
import type { LoggedRequest } from './request-attributes.ts';
import { durationOf } from './time-values.ts';

function integer(value: number | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(value);
}

/** A bit each. */
function flags({ info }: LoggedRequest): bigint {
  return info.responseFlags.reduce((bits, flag) => bits | BigInt(responseFlagBit(flag) >>> 0), 0n);
}

function totalSize({ log, info }: LoggedRequest): bigint {
  return BigInt(info.bytesSent + (log.responseHeaders?.byteSize ?? 0) + (log.responseTrailers?.byteSize ?? 0));
}

/** From the first byte of the request to the upstream to the last of its response. */
function backendLatency({ info }: LoggedRequest): CelInput | undefined {
  const start = info.upstream?.timing.firstUpstreamTxByteSentMs;
  const end = info.upstream?.timing.lastUpstreamRxByteReceivedMs;
  return start === undefined || end === undefined ? undefined : durationOf(end - start);
}

export const responseAttributes: AttributeTable<LoggedRequest> = new Map<
  string,
  (request: LoggedRequest) => CelInput | undefined
>([
  ['code', ({ info }) => integer(info.responseCode)],
  ['code_details', ({ info }) => info.responseCodeDetails],
  ['flags', flags],
  ['grpc_status', ({ log, info }) => integer(grpcStatusOf(log, info))],
  ['headers', ({ log }) => headerMap(log.responseHeaders)],
  ['headers_bytes', ({ log }) => BigInt(log.responseHeaders?.byteSize ?? 0)],
  ['trailers', ({ log }) => headerMap(log.responseTrailers)],
  ['size', ({ info }) => BigInt(info.bytesSent)],
  ['total_size', totalSize],
  ['backend_latency', backendLatency],
]);
