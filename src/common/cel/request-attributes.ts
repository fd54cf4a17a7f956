import type { CelInput } from '@bufbuild/cel';
import type { LogContext } from '../../../sdk/extension.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { headerMap, headerText } from './header-values.ts';
import type { AttributeTable } from './lazy-map.ts';
import { durationOf, timestampOf } from './time-values.ts';

/** A request as its attributes are read from. */
export interface LoggedRequest {
  readonly log: LogContext;
  readonly info: StreamInfo;
}

function header(name: string): (request: LoggedRequest) => CelInput | undefined {
  return ({ log }) => headerText(log.requestHeaders?.get(name));
}

function headersBytes({ log }: LoggedRequest): number {
  return log.requestHeaders?.byteSize ?? 0;
}

/** What `content-length` says, else the bytes that came. */
function size({ log, info }: LoggedRequest): bigint | undefined {
  const length = log.requestHeaders?.get('content-length');
  if (length === undefined) return BigInt(info.bytesReceived);
  return /^\s*[-+]?\d{1,18}\s*$/.test(length) ? BigInt(length.trim()) : undefined;
}

function urlPath({ log }: LoggedRequest): string | undefined {
  return headerText(log.requestHeaders?.path.replace(/\?.*$/s, ''));
}

/** Without the fragment; '' when there is none. */
function query({ log }: LoggedRequest): string | undefined {
  const path = log.requestHeaders?.path;
  const start = path?.indexOf('?') ?? -1;
  return headerText(start < 0 ? path && '' : path?.slice(start + 1).replace(/#.*$/s, ''));
}

function duration({ info }: LoggedRequest): CelInput | undefined {
  const end = info.requestCompleteMs;
  return end === undefined ? undefined : durationOf(end - info.startTimeMonotonicMs);
}

export const requestAttributes: AttributeTable<LoggedRequest> = new Map<
  string,
  (request: LoggedRequest) => CelInput | undefined
>([
  ['path', header(':path')],
  ['url_path', urlPath],
  ['query', query],
  ['host', header(':authority')],
  ['scheme', header(':scheme')],
  ['method', header(':method')],
  ['headers', ({ log }) => headerMap(log.requestHeaders)],
  ['headers_bytes', (request) => BigInt(headersBytes(request))],
  ['referer', header('referer')],
  ['useragent', header('user-agent')],
  ['id', header('x-request-id')],
  ['time', ({ info }) => timestampOf(info.startTimeMs)],
  ['duration', duration],
  ['protocol', ({ info }) => info.protocol],
  ['size', size],
  ['total_size', (request) => BigInt(request.info.bytesReceived + headersBytes(request))],
]);
