import type { LogContext } from '../../../sdk/extension.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';

/** gRPC's codes by number (envoy.config.accesslog.v3.GrpcStatusFilter.Status has the same). */
const fromHttp: ReadonlyMap<number, number> = new Map([
  [200, 0],
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  [429, 14],
  [502, 14],
  [503, 14],
  [504, 14],
]);
const unknown = 2;

/** The gRPC status of a finished request: of the trailers, of the headers, else what the HTTP status stands for. */
export function grpcStatusOf(log: LogContext, streamInfo: StreamInfo): number {
  const text = log.responseTrailers?.get('grpc-status') ?? log.responseHeaders?.get('grpc-status');
  if (text !== undefined && /^\d+$/.test(text)) return Number(text);
  return fromHttp.get(streamInfo.responseCode ?? 0) ?? unknown;
}
