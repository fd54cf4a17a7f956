import type {
  RBACPerRoute,
  RBAC as RbacProto,
} from '../../../../../api/generated/envoy/extensions/filters/http/rbac/v3/rbac_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { defineHttpFilter } from '../../../../../sdk/extension.ts';
import { parseRbac, type RbacEngine } from '../../common/rbac/engine.ts';
import { RbacFilter, RbacStats } from './filter.ts';

export interface RbacConfig {
  readonly rules: RbacEngine | undefined;
  readonly shadowRules: RbacEngine | undefined;
  readonly rulesStatPrefix: string;
  readonly shadowRulesStatPrefix: string;
}

const NOTHING: RbacConfig = Object.freeze({
  rules: undefined,
  shadowRules: undefined,
  rulesStatPrefix: '',
  shadowRulesStatPrefix: '',
});

function parse(config: RbacProto | undefined, ctx: ConfigContext): RbacConfig {
  if (config === undefined) return NOTHING;
  ctx.requireSupported(config, ['rules', 'rulesStatPrefix', 'shadowRules', 'shadowRulesStatPrefix']);
  return Object.freeze({
    rules: config.rules && parseRbac(config.rules, ctx.child('rules')),
    shadowRules: config.shadowRules && parseRbac(config.shadowRules, ctx.child('shadow_rules')),
    rulesStatPrefix: config.rulesStatPrefix,
    shadowRulesStatPrefix: config.shadowRulesStatPrefix,
  });
}

/** envoy.filters.http.rbac: who may do what. */
export const rbac = defineHttpFilter<RbacConfig, RbacConfig>({
  name: 'envoy.filters.http.rbac',
  configTypes: ['envoy.extensions.filters.http.rbac.v3.RBAC'],
  perRouteConfigTypes: ['envoy.extensions.filters.http.rbac.v3.RBACPerRoute'],

  parseConfig: (message, ctx) => parse(message as RbacProto, ctx),

  parsePerRouteConfig: (message, ctx) => parse((message as RBACPerRoute).rbac, ctx.child('rbac')),

  createFilterFactory(config, { scope, statsPrefix }) {
    const stats = new RbacStats(scope.scope(`${statsPrefix}rbac`), config);
    return () => new RbacFilter(config, stats);
  },
});
