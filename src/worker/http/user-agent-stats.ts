import type { Scope } from '../../../sdk/stats.ts';

/** `user_agent.ios.` and `user_agent.android.` (Envoy's Http::UserAgent), for connections of such clients only. */
export class UserAgentStats {
  readonly #scope: Scope;

  private constructor(scope: Scope) {
    this.#scope = scope;
  }

  static of(userAgent: string | undefined, scope: Scope): UserAgentStats | undefined {
    if (userAgent === undefined) return undefined;
    if (userAgent.includes('iOS')) return new UserAgentStats(scope.scope('user_agent.ios'));
    if (userAgent.includes('android')) return new UserAgentStats(scope.scope('user_agent.android'));
    return undefined;
  }

  onNewConnection(): void {
    this.#scope.counter('downstream_cx_total').inc();
    this.#scope.counter('downstream_rq_total').inc();
    this.#scope.counter('downstream_cx_destroy_remote_active_rq').add(0);
  }

  onRemoteDestroyWithActiveRequest(): void {
    this.#scope.counter('downstream_cx_destroy_remote_active_rq').inc();
  }

  onConnectionEnd(lengthMs: number): void {
    this.#scope.histogram('downstream_cx_length_ms', 'milliseconds').recordValue(lengthMs);
  }
}
