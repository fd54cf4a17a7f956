import type { ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { HostMonitor } from '../../../sdk/upstream.ts';
import { HeaderNames } from '../../common/headers/names.ts';

/** Grpc::Utility::grpcToHttpStatus, by the status. */
const HTTP_OF_GRPC = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];

/** What the head of an answer says of the host that gave it. */
export function tellMonitor(monitor: HostMonitor | undefined, headers: ResponseHeaderMap, isGrpc: boolean): void {
  if (monitor === undefined) return;
  const grpcStatus = isGrpc ? headers.get(HeaderNames.GrpcStatus) : undefined;
  monitor.putHttpResponseCode(grpcStatus === undefined ? judgedStatus(monitor, headers) : httpStatusOf(grpcStatus));
  if (headers.has(HeaderNames.EnvoyImmediateHealthCheckFail)) monitor.failImmediately();
}

/** Where the cluster says itself what a failure is, any other answer is none. */
function judgedStatus({ isError }: HostMonitor, headers: ResponseHeaderMap): number {
  const { status } = headers;
  if (isError === undefined) return status;
  if (!isError(headers)) return 200;
  return status >= 500 && status <= 599 ? status : 500;
}

function httpStatusOf(grpcStatus: string): number {
  return /^\d+$/.test(grpcStatus) ? (HTTP_OF_GRPC[Number(grpcStatus)] ?? 500) : 500;
}
