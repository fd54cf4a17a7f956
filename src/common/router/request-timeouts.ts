import type { RequestTimeouts, RetryPolicy } from '../../../sdk/router.ts';

/** What a request has on which nothing but its route has a say. */
export function requestTimeoutsOf(globalMs: number, retryPolicy: RetryPolicy | undefined): RequestTimeouts {
  const perTryMs = retryPolicy === undefined ? 0 : Math.floor(retryPolicy.perTryTimeoutMs);
  const perTryIdleMs = retryPolicy === undefined ? 0 : Math.floor(retryPolicy.perTryIdleTimeoutMs);
  return cappedTimeouts(Math.floor(globalMs), perTryMs, perTryIdleMs);
}

/** A try cannot take longer than all of them. */
export function cappedTimeouts(globalMs: number, perTryMs: number, perTryIdleMs: number): RequestTimeouts {
  return { globalMs, perTryMs: perTryMs >= globalMs && globalMs !== 0 ? 0 : perTryMs, perTryIdleMs };
}
