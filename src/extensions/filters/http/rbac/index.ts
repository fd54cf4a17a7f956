import type {
  RBACPerRoute,
  RBAC as RbacProto,
} from '../../../../../api/generated/envoy/extensions/filters/http/rbac/v3/rbac_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { defineHttpFilter } from '../../../../../sdk/extension.ts';
import type { RbacEngine } from '../../common/rbac/engine.ts';
import { parseEngines } from '../../common/rbac/parse-engines.ts';
import { RbacFilter, RbacStats } from './filter.ts';

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

function parse(config: RbacProto | undefined, ctx: ConfigContext): RbacConfig {
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

/** envoy.filters.http.rbac: who may do what. */
export const rbac = defineHttpFilter<RbacConfig, RbacConfig>({
  name: 'envoy.filters.http.rbac',
  configTypes: ['envoy.extensions.filters.http.rbac.v3.RBAC'],
  perRouteConfigTypes: ['envoy.extensions.filters.http.rbac.v3.RBACPerRoute'],

  parseConfig: (message, ctx) => parse(message as RbacProto, ctx),

  parsePerRouteConfig: (message, ctx) => parse((message as RBACPerRoute).rbac, ctx.child('rbac')),

  createFilterFactory(config, context) {
    const stats = new RbacStats(context.scope.scope(`${context.statsPrefix}rbac`), config);
    return () => new RbacFilter(config, stats, context);
  },
});
