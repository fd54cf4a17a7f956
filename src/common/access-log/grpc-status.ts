import type { LogContext } from '../../../sdk/extension.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';

/** gRPC's codes by number (doc/http-grpc-status-mapping.md of gRPC, with Envoy's 429). */
const fromHttp: ReadonlyMap<number, number> = new Map([
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  [429, 14],
  [502, 14],
  [503, 14],
  [504, 14],
]);

/** UNKNOWN: also what a 200 without a status stands for. */
export const unknownGrpcStatus = 2;
/** Of a `grpc-status` that is no number. */
const invalidGrpcStatus = -1;

/** The gRPC status of a finished request: of the trailers, the headers, the HTTP status. Undefined before any answer. */
export function grpcStatusOf(log: LogContext, streamInfo: StreamInfo): number | undefined {
  const text = log.responseTrailers?.get('grpc-status') ?? log.responseHeaders?.get('grpc-status');
  if (text !== undefined) return /^\d{1,9}$/.test(text) ? Number(text) : invalidGrpcStatus;
  const code = streamInfo.responseCode ?? 0;
  return code === 0 ? undefined : (fromHttp.get(code) ?? unknownGrpcStatus);
}
