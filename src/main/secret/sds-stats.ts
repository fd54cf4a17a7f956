import type { Counter, Scope } from '../../../sdk/stats.ts';
import { DiscoveryStats } from '../followed/discovery-stats.ts';

/** `sds.<name>.` */
export class SdsStats extends DiscoveryStats {
  readonly keyRotationFailed: Counter;

  constructor(root: Scope, name: string) {
    const scope = root.scope(`sds.${name}`);
    super(scope);
    this.keyRotationFailed = scope.counter('key_rotation_failed');
  }
}
