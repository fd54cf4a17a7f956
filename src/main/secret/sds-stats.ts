import type { Counter, Gauge, Scope, TextReadout } from '../../../sdk/stats.ts';

/** `sds.<name>.` */
export class SdsStats {
  readonly updateAttempt: Counter;
  readonly updateSuccess: Counter;
  readonly updateFailure: Counter;
  readonly updateRejected: Counter;
  readonly keyRotationFailed: Counter;
  readonly updateTime: Gauge;
  readonly version: Gauge;
  readonly versionText: TextReadout;

  constructor(root: Scope, name: string) {
    const scope = root.scope(`sds.${name}`);
    this.updateAttempt = scope.counter('update_attempt');
    this.updateSuccess = scope.counter('update_success');
    this.updateFailure = scope.counter('update_failure');
    this.updateRejected = scope.counter('update_rejected');
    this.keyRotationFailed = scope.counter('key_rotation_failed');
    // A file is there or not: nobody waits for it.
    scope.counter('init_fetch_timeout');
    this.updateTime = scope.gauge('update_time');
    this.version = scope.gauge('version');
    this.versionText = scope.textReadout('version_text');
    scope.histogram('update_duration', 'milliseconds');
  }
}
