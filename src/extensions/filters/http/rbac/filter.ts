import type { ServerFactoryContext } from '../../../../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../../../../sdk/headers.ts';
import type { DecoderFilterCallbacks, FilterHeadersStatus, HttpFilter } from '../../../../../sdk/http.ts';
import type { Counter, Scope } from '../../../../../sdk/stats.ts';
import type { StructValue } from '../../../../../sdk/stream-info.ts';
import { denialDetails, type RbacVerdict, statPrefix } from '../../common/rbac/engine.ts';
import type { RbacConfig } from './index.ts';

/** `http.<stat_prefix>.rbac.`, then the prefixes of the rules. */
export class RbacStats {
  readonly allowed: Counter;
  readonly denied: Counter;
  readonly shadowAllowed: Counter;
  readonly shadowDenied: Counter;

  readonly #scope: Scope;
  readonly #rules: string;
  readonly #shadow: string;
  readonly #ofPolicies = new Map<string, Counter>();

  constructor(scope: Scope, { rulesStatPrefix, shadowRulesStatPrefix }: RbacConfig) {
    const rules = statPrefix(rulesStatPrefix);
    const shadow = statPrefix(shadowRulesStatPrefix);
    this.#scope = scope;
    this.#rules = rules;
    this.#shadow = shadow;
    this.allowed = scope.counter(`${rules}allowed`);
    this.denied = scope.counter(`${rules}denied`);
    this.shadowAllowed = scope.counter(`${shadow}shadow_allowed`);
    this.shadowDenied = scope.counter(`${shadow}shadow_denied`);
  }

  /** `track_per_rule_stats`: of the policy that decided. */
  countPolicy({ policy, allowed }: RbacVerdict, kind: 'rules' | 'shadow'): void {
    if (policy === '') return;
    const prefix = kind === 'shadow' ? this.#shadow : this.#rules;
    const what = `${kind === 'shadow' ? 'shadow_' : ''}${allowed ? 'allowed' : 'denied'}`;
    const name = `${prefix}policy.${policy}.${what}`;
    let counter = this.#ofPolicies.get(name);
    if (counter === undefined) {
      counter = this.#scope.counter(name);
      this.#ofPolicies.set(name, counter);
    }
    counter.inc();
  }
}

const NAMESPACE = 'envoy.filters.http.rbac';
const LOG_NAMESPACE = 'envoy.common';

export class RbacFilter implements HttpFilter {
  readonly #config: RbacConfig;
  readonly #stats: RbacStats;
  readonly #context: ServerFactoryContext;
  #callbacks!: DecoderFilterCallbacks;

  constructor(config: RbacConfig, stats: RbacStats, context: ServerFactoryContext) {
    this.#config = config;
    this.#stats = stats;
    this.#context = context;
  }

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.#callbacks = callbacks;
  }

  decodeHeaders(headers: RequestHeaderMap): FilterHeadersStatus {
    const config = this.#callbacks.perRouteConfig<RbacConfig>() ?? this.#config;
    const { streamInfo } = this.#callbacks;
    const input = { headers, streamInfo };
    const shadow = config.shadowRules?.judge(input, this.#context);
    if (shadow !== undefined) {
      (shadow.allowed ? this.#stats.shadowAllowed : this.#stats.shadowDenied).inc();
      if (config.trackPerRuleStats) this.#stats.countPolicy(shadow, 'shadow');
      this.#note(`${config.shadowRulesStatPrefix || this.#config.shadowRulesStatPrefix}shadow`, shadow);
    }
    const verdict = config.rules?.judge(input, this.#context);
    if (verdict === undefined) return 'Continue';
    this.#note(`${config.rulesStatPrefix || this.#config.rulesStatPrefix}enforced`, verdict);
    if (config.trackPerRuleStats) this.#stats.countPolicy(verdict, 'rules');
    if (verdict.logHint !== undefined) {
      streamInfo.setDynamicMetadata(LOG_NAMESPACE, { access_log_hint: verdict.logHint });
    }
    if (verdict.allowed) {
      this.#stats.allowed.inc();
      return 'Continue';
    }
    this.#stats.denied.inc();
    this.#callbacks.sendLocalReply({ status: 403, body: 'RBAC: access denied', details: denialDetails(verdict) });
    return 'StopIteration';
  }

  /** For filters behind this one, and for the log; under the filter's prefix where a route has none. */
  #note(prefix: string, { allowed, policy }: RbacVerdict): void {
    const fields: Record<string, StructValue> = { [`${prefix}_engine_result`]: allowed ? 'allowed' : 'denied' };
    if (policy !== '') fields[`${prefix}_effective_policy_id`] = policy;
    this.#callbacks.streamInfo.setDynamicMetadata(NAMESPACE, fields);
  }
}
