import type { StreamResetReason } from '../../../sdk/codec.ts';
import type { ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { HeaderPredicate } from '../../../sdk/router.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import { RetryOn } from '../../common/router/retry-on.ts';

/** What a request may be retried for. */
export interface RetryConditions {
  /** Bits of RetryOn. */
  readonly retryOn: number;
  readonly statusCodes: readonly number[];
  readonly headers: readonly HeaderPredicate[];
}

const GRPC_STATUS_BITS: Readonly<Record<string, number>> = {
  '1': RetryOn.cancelled,
  '4': RetryOn['deadline-exceeded'],
  '8': RetryOn['resource-exhausted'],
  '13': RetryOn.internal,
  '14': RetryOn.unavailable,
};

export function wouldRetryFromHeaders(conditions: RetryConditions, response: ResponseHeaderMap): boolean {
  const { retryOn } = conditions;
  if (response.has(HeaderNames.EnvoyRateLimited)) return (retryOn & RetryOn['envoy-ratelimited']) !== 0;
  const { status } = response;
  if ((retryOn & RetryOn['5xx']) !== 0 && status >= 500 && status < 600) return true;
  if ((retryOn & RetryOn['gateway-error']) !== 0 && status >= 502 && status <= 504) return true;
  if ((retryOn & RetryOn['retriable-4xx']) !== 0 && status === 409) return true;
  if ((retryOn & RetryOn['retriable-status-codes']) !== 0 && conditions.statusCodes.includes(status)) return true;
  if ((retryOn & RetryOn['retriable-headers']) !== 0 && conditions.headers.some((h) => h.matches(response)))
    return true;
  const grpcStatus = response.get(HeaderNames.GrpcStatus);
  return grpcStatus !== undefined && (retryOn & (GRPC_STATUS_BITS[grpcStatus] ?? 0)) !== 0;
}

const CONNECT_FAILURES: ReadonlySet<StreamResetReason> = new Set([
  'LocalConnectionFailure',
  'RemoteConnectionFailure',
  'ConnectionTimeout',
]);

/** @param requestStarted whether anything of the request went to the upstream */
export function wouldRetryFromReset(
  { retryOn }: RetryConditions,
  reason: StreamResetReason,
  requestStarted: boolean,
): boolean {
  // It is our own limit: another attempt would not mend that.
  if (reason === 'Overflow') return false;
  if ((retryOn & RetryOn['reset-before-request']) !== 0 && !requestStarted) return true;
  if ((retryOn & (RetryOn.reset | RetryOn['5xx'] | RetryOn['gateway-error'])) !== 0) return true;
  if ((retryOn & RetryOn['refused-stream']) !== 0 && reason === 'RemoteRefusedStreamReset') return true;
  return (retryOn & RetryOn['connect-failure']) !== 0 && CONNECT_FAILURES.has(reason);
}
