import type { RequestHeaderMap } from '../../../../../sdk/headers.ts';
import type { DecoderFilterCallbacks, FilterHeadersStatus, HttpFilter } from '../../../../../sdk/http.ts';
import type { Counter, Scope } from '../../../../../sdk/stats.ts';
import type { StructValue } from '../../../../../sdk/stream-info.ts';
import type { RbacVerdict } from '../../common/rbac/engine.ts';
import type { RbacConfig } from './index.ts';

/** `http.<stat_prefix>.rbac.`, then the prefixes of the rules. */
export class RbacStats {
  readonly allowed: Counter;
  readonly denied: Counter;
  readonly shadowAllowed: Counter;
  readonly shadowDenied: Counter;

  constructor(scope: Scope, { rulesStatPrefix, shadowRulesStatPrefix }: RbacConfig) {
    const rules = prefixed(rulesStatPrefix);
    const shadow = prefixed(shadowRulesStatPrefix);
    this.allowed = scope.counter(`${rules}allowed`);
    this.denied = scope.counter(`${rules}denied`);
    this.shadowAllowed = scope.counter(`${shadow}shadow_allowed`);
    this.shadowDenied = scope.counter(`${shadow}shadow_denied`);
  }
}

function prefixed(prefix: string): string {
  return prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`;
}

const NAMESPACE = 'envoy.filters.http.rbac';
const LOG_NAMESPACE = 'envoy.common';

export class RbacFilter implements HttpFilter {
  readonly #config: RbacConfig;
  readonly #stats: RbacStats;
  #callbacks!: DecoderFilterCallbacks;

  constructor(config: RbacConfig, stats: RbacStats) {
    this.#config = config;
    this.#stats = stats;
  }

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.#callbacks = callbacks;
  }

  decodeHeaders(headers: RequestHeaderMap): FilterHeadersStatus {
    const config = this.#callbacks.perRouteConfig<RbacConfig>() ?? this.#config;
    const { streamInfo } = this.#callbacks;
    const input = { headers, streamInfo };
    const shadow = config.shadowRules?.judge(input);
    if (shadow !== undefined) {
      (shadow.allowed ? this.#stats.shadowAllowed : this.#stats.shadowDenied).inc();
      this.#note(`${config.shadowRulesStatPrefix || this.#config.shadowRulesStatPrefix}shadow`, shadow);
    }
    const verdict = config.rules?.judge(input);
    if (verdict === undefined) return 'Continue';
    this.#note(`${config.rulesStatPrefix || this.#config.rulesStatPrefix}enforced`, verdict);
    if (config.rules?.action === 'LOG') {
      streamInfo.setDynamicMetadata(LOG_NAMESPACE, { access_log_hint: verdict.policy !== '' });
    }
    if (verdict.allowed) {
      this.#stats.allowed.inc();
      return 'Continue';
    }
    this.#stats.denied.inc();
    const policy = (verdict.policy || 'none').replaceAll(' ', '_');
    const details = `rbac_access_denied_matched_policy[${policy}]`;
    this.#callbacks.sendLocalReply({ status: 403, body: 'RBAC: access denied', details });
    return 'StopIteration';
  }

  /** For filters behind this one, and for the log; under the filter's prefix where a route has none. */
  #note(prefix: string, { allowed, policy }: RbacVerdict): void {
    const fields: Record<string, StructValue> = { [`${prefix}_engine_result`]: allowed ? 'allowed' : 'denied' };
    if (policy !== '') fields[`${prefix}_effective_policy_id`] = policy;
    this.#callbacks.streamInfo.setDynamicMetadata(NAMESPACE, fields);
  }
}
