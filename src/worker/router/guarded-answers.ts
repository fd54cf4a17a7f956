/** What runtime guards change of answers. */
import type { Runtime } from '../../../sdk/extension.ts';
import type { ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { RouteEntry } from '../../../sdk/router.ts';
import { isGuardEnabled } from '../../common/runtime/runtime-guards.ts';

/** Of gRPC. */
const DEADLINE_EXCEEDED = 4;

/** By itself the one that goes with the HTTP status. */
export function grpcStatusOfTimeout(runtime: Runtime): { readonly grpcStatus: number } | undefined {
  const guard = 'envoy.reloadable_features.grpc_timeout_returns_deadline_exceeded';
  return isGuardEnabled(runtime, guard) ? { grpcStatus: DEADLINE_EXCEEDED } : undefined;
}

/** What a client hears of a transport's failure: by itself nothing (''). */
export function toldFailure(reason: string, runtime: Runtime): string {
  const guard = 'envoy.reloadable_features.hide_transport_failure_reason_in_response_body';
  return isGuardEnabled(runtime, guard) ? '' : reason;
}

export function finalizeInformational(route: RouteEntry, headers: ResponseHeaderMap, runtime: Runtime): void {
  const guard = 'envoy.reloadable_features.response_headers_to_remove_on_1xx';
  if (isGuardEnabled(runtime, guard)) route.finalize1xxHeaders(headers);
}
