/** What a response says of how its request went. */
import type { HeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { Host } from '../../../sdk/upstream.ts';
import { traitsOf } from '../../common/headers/header-entries.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import { Trait } from '../../common/headers/traits.ts';

/** gRPC statuses that stand for an HTTP 5xx (Grpc::Utility::grpcToHttpStatus). */
const SERVER_ERRORS: ReadonlySet<string> = new Set(['2', '4', '12', '13', '14', '15']);

/** Whether `grpc-status` says that the server did its work, be the answer a refusal. */
export function isGrpcSuccess(headers: HeaderMap): boolean {
  const status = headers.get(HeaderNames.GrpcStatus);
  return status !== undefined && /^\d+$/.test(status) && !SERVER_ERRORS.has(status);
}

/** 5xx; what is beyond them is none. */
export function isServerError(status: number): boolean {
  return status >= 500 && status < 600;
}

/** Books a response that is no error of the server's with its host. gRPC tells in its trailers how it went. */
export function bookSuccess(
  attempt: { readonly host: Host | undefined; grpcSuccessDeferred: boolean },
  headers: ResponseHeaderMap,
  isGrpc: boolean,
  endStream: boolean,
): void {
  if (attempt.host === undefined) return;
  const { stats } = attempt.host;
  if (!isGrpc) stats.rqSuccess++;
  else if (!endStream) attempt.grpcSuccessDeferred = true;
  else if (isGrpcSuccess(headers)) stats.rqSuccess++;
  else stats.rqError++;
}

/** The host, or its answer, says that it is one of those on trial. */
export function isCanary(headers: ResponseHeaderMap, host: Host | undefined): boolean {
  if (host?.canary === true) return true;
  return (traitsOf(headers) & Trait.envoy) !== 0 && headers.get(HeaderNames.EnvoyUpstreamCanary) === 'true';
}
