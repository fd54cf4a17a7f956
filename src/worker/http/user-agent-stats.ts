import type { Counter, Histogram, Scope } from '../../../sdk/stats.ts';

/** `user_agent.ios.` and `user_agent.android.` (Envoy's Http::UserAgent), for connections of such clients only. */
export class UserAgentStats {
  readonly #requests: Counter;
  readonly #destroyedByRemoteWithRequest: Counter;
  readonly #lengthMs: Histogram;

  private constructor(scope: Scope) {
    scope.counter('downstream_cx_total').inc();
    this.#requests = scope.counter('downstream_rq_total');
    this.#destroyedByRemoteWithRequest = scope.counter('downstream_cx_destroy_remote_active_rq');
    this.#lengthMs = scope.histogram('downstream_cx_length_ms', 'milliseconds');
  }

  /** @param userAgent of the connection's first request; it is taken to be that of all. */
  static of(userAgent: string | undefined, scope: Scope): UserAgentStats | undefined {
    if (userAgent === undefined) return undefined;
    if (userAgent.includes('iOS')) return new UserAgentStats(scope.scope('user_agent.ios'));
    if (userAgent.includes('android')) return new UserAgentStats(scope.scope('user_agent.android'));
    return undefined;
  }

  onRequest(): void {
    this.#requests.inc();
  }

  onRemoteDestroyWithActiveRequest(): void {
    this.#destroyedByRemoteWithRequest.inc();
  }

  onConnectionEnd(lengthMs: number): void {
    this.#lengthMs.recordValue(lengthMs);
  }
}
