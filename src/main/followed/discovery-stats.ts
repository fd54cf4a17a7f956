import type { Counter, Gauge, Scope, TextReadout } from '../../../sdk/stats.ts';
import { xxHash64 } from '../../common/hash/xxhash64.ts';

/** What is counted of the discovery of resources in a file (Envoy's SubscriptionStats). */
export class DiscoveryStats {
  readonly updateAttempt: Counter;
  readonly updateSuccess: Counter;
  readonly updateFailure: Counter;
  readonly updateRejected: Counter;
  readonly #updateTime: Gauge;
  readonly #version: Gauge;
  readonly #versionText: TextReadout;

  constructor(scope: Scope) {
    this.updateAttempt = scope.counter('update_attempt');
    this.updateSuccess = scope.counter('update_success');
    this.updateFailure = scope.counter('update_failure');
    this.updateRejected = scope.counter('update_rejected');
    // A file is there or not: nobody waits for it.
    scope.counter('init_fetch_timeout');
    this.#updateTime = scope.gauge('update_time');
    this.#version = scope.gauge('version');
    this.#versionText = scope.textReadout('version_text');
    scope.histogram('update_duration', 'milliseconds');
  }

  /** @param nowMs Unix milliseconds */
  noteSuccess(versionInfo: string, nowMs: number): void {
    this.updateSuccess.inc();
    this.#updateTime.set(nowMs);
    this.#version.set(Number(xxHash64(versionInfo)));
    this.#versionText.set(versionInfo);
  }
}
