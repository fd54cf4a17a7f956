import type { RBAC as RbacProto } from '../../../../../api/generated/envoy/extensions/filters/http/rbac/v3/rbac_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { ServerFactoryContext, UpstreamHttpFilterContext } from '../../../../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../../../../sdk/headers.ts';
import type { DecoderFilterCallbacks, FilterHeadersStatus } from '../../../../../sdk/http.ts';
import type { Counter } from '../../../../../sdk/stats.ts';
import type { StreamInfo, StructValue } from '../../../../../sdk/stream-info.ts';
import { isGuardEnabled } from '../../../../common/runtime/runtime-guards.ts';
import { PrefixedStats } from '../../../../common/stats/prefixed-stats.ts';
import { denialDetails, type RbacEngine, type RbacVerdict, statPrefix } from './engine.ts';
import { parseEngines } from './parse-engines.ts';

export interface RbacConfig {
  readonly rules: RbacEngine | undefined;
  readonly shadowRules: RbacEngine | undefined;
  readonly rulesStatPrefix: string;
  readonly shadowRulesStatPrefix: string;
  readonly trackPerRuleStats: boolean;
}

const NOTHING: RbacConfig = Object.freeze({
  rules: undefined,
  shadowRules: undefined,
  rulesStatPrefix: '',
  shadowRulesStatPrefix: '',
  trackPerRuleStats: false,
});

/** Of a list of filters, or of a route. */
export function parseRbac(config: RbacProto | undefined, ctx: ConfigContext): RbacConfig {
  if (config === undefined) return NOTHING;
  ctx.requireSupported(config, [
    'rules',
    'rulesStatPrefix',
    'shadowRules',
    'shadowRulesStatPrefix',
    'matcher',
    'shadowMatcher',
    'trackPerRuleStats',
  ]);
  return Object.freeze({
    ...parseEngines(config, 'HTTP', ctx),
    rulesStatPrefix: config.rulesStatPrefix,
    shadowRulesStatPrefix: config.shadowRulesStatPrefix,
    trackPerRuleStats: config.trackPerRuleStats,
  });
}

/** `rbac.` behind what the filter belongs to, then the prefixes of the rules. */
export class RbacStats {
  readonly allowed: Counter;
  readonly denied: Counter;
  readonly shadowAllowed: Counter;
  readonly shadowDenied: Counter;

  readonly #scope: PrefixedStats;
  readonly #rules: string;
  readonly #shadow: string;
  readonly #ofPolicies = new Map<string, Counter>();

  constructor(scope: PrefixedStats, { rulesStatPrefix, shadowRulesStatPrefix }: RbacConfig) {
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

const LOG_NAMESPACE = 'envoy.common';

/** The rules of one configured filter, on either side of the router. */
export class RbacJudge {
  readonly #config: RbacConfig;
  readonly #stats: RbacStats;
  readonly #context: ServerFactoryContext;
  readonly #namespace: string;

  /** @param namespace of the dynamic metadata that tells what came of it: the filter's name */
  constructor(config: RbacConfig, stats: RbacStats, context: ServerFactoryContext, namespace: string) {
    this.#config = config;
    this.#stats = stats;
    this.#context = context;
    this.#namespace = namespace;
  }

  /** Answers what is not allowed, with 403. */
  judge(headers: RequestHeaderMap, callbacks: DecoderFilterCallbacks): FilterHeadersStatus {
    const config = callbacks.perRouteConfig<RbacConfig>() ?? this.#config;
    const { streamInfo } = callbacks;
    const ignorePathParameters =
      callbacks.route()?.virtualHost.ignorePathParameters === true &&
      isGuardEnabled(this.#context.runtime, 'envoy.reloadable_features.rbac_respect_ignore_path_parameters');
    const input = { headers, streamInfo, ignorePathParameters };
    const shadow = config.shadowRules?.judge(input, this.#context);
    if (shadow !== undefined) {
      (shadow.allowed ? this.#stats.shadowAllowed : this.#stats.shadowDenied).inc();
      if (config.trackPerRuleStats) this.#stats.countPolicy(shadow, 'shadow');
      this.#note(streamInfo, `${config.shadowRulesStatPrefix || this.#config.shadowRulesStatPrefix}shadow`, shadow);
    }
    const verdict = config.rules?.judge(input, this.#context);
    if (verdict === undefined) return 'Continue';
    this.#note(streamInfo, `${config.rulesStatPrefix || this.#config.rulesStatPrefix}enforced`, verdict);
    if (config.trackPerRuleStats) this.#stats.countPolicy(verdict, 'rules');
    if (verdict.logHint !== undefined) {
      streamInfo.setDynamicMetadata(LOG_NAMESPACE, { access_log_hint: verdict.logHint });
    }
    if (verdict.allowed) {
      this.#stats.allowed.inc();
      return 'Continue';
    }
    this.#stats.denied.inc();
    callbacks.sendLocalReply({ status: 403, body: 'RBAC: access denied', details: denialDetails(verdict) });
    return 'StopIteration';
  }

  /** For filters behind this one, and for the log; under the filter's prefix where a route has none. */
  #note(streamInfo: StreamInfo, prefix: string, { allowed, policy }: RbacVerdict): void {
    const fields: Record<string, StructValue> = { [`${prefix}_engine_result`]: allowed ? 'allowed' : 'denied' };
    if (policy !== '') fields[`${prefix}_effective_policy_id`] = policy;
    streamInfo.setDynamicMetadata(this.#namespace, fields);
  }
}

/** The judge of a filter that is called `name`, with its statistics. */
export function createRbacJudge(name: string, config: RbacConfig, context: UpstreamHttpFilterContext): RbacJudge {
  const stats = new RbacStats(new PrefixedStats(context.scope, `${context.statsPrefix}rbac`), config);
  return new RbacJudge(config, stats, context, name);
}
