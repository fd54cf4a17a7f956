import type { HeaderMap } from '../../../sdk/headers.ts';
import { HeaderNames } from '../../common/headers/names.ts';

/** gRPC statuses that stand for an HTTP 5xx (Grpc::Utility::grpcToHttpStatus). */
const SERVER_ERRORS: ReadonlySet<string> = new Set(['2', '4', '12', '13', '14', '15']);

/** Whether `grpc-status` says that the server did its work, be the answer a refusal. */
export function isGrpcSuccess(headers: HeaderMap): boolean {
  const status = headers.get(HeaderNames.GrpcStatus);
  return status !== undefined && /^\d+$/.test(status) && !SERVER_ERRORS.has(status);
}
