import type { RBAC as RbacRules } from '../../../../../api/generated/envoy/config/rbac/v3/rbac_pb.ts';
import type { RBAC } from '../../../../../api/generated/envoy/extensions/filters/network/rbac/v3/rbac_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { durationMs } from '../../../../common/upstream/proto-values.ts';
import type { RbacEngine } from '../../common/rbac/engine.ts';
import { parseEngines } from '../../common/rbac/parse-engines.ts';

export interface NetworkRbacConfig {
  readonly rules: RbacEngine | undefined;
  readonly shadowRules: RbacEngine | undefined;
  readonly statPrefix: string;
  readonly shadowRulesStatPrefix: string;
  /** Whether every piece of data is judged, or the first one alone. */
  readonly continuous: boolean;
  /** How long a denied connection stays open; 0 = not at all. */
  readonly delayDenyMs: number;
}

const CONTINUOUS = 1;

export function parseNetworkRbac(config: RBAC, ctx: ConfigContext): NetworkRbacConfig {
  ctx.requireSupported(config, [
    'rules',
    'shadowRules',
    'shadowRulesStatPrefix',
    'statPrefix',
    'enforcementType',
    'matcher',
    'shadowMatcher',
    'delayDeny',
  ]);
  refuseHeaders(config.rules, ctx.child('rules'));
  refuseHeaders(config.shadowRules, ctx.child('shadow_rules'));
  return Object.freeze({
    ...parseEngines(config, 'network', ctx),
    statPrefix: config.statPrefix,
    shadowRulesStatPrefix: config.shadowRulesStatPrefix,
    continuous: config.enforcementType === CONTINUOUS,
    delayDenyMs: durationMs(config.delayDeny) ?? 0,
  });
}

/** Connections have no headers. */
function refuseHeaders(rules: RbacRules | undefined, ctx: ConfigContext): void {
  for (const [name, { permissions, principals }] of Object.entries(rules?.policies ?? {})) {
    if (![...permissions, ...principals].some(asksForHeader)) continue;
    ctx.child('policies', name).error('Found header rule, not supported by RBAC network filter');
  }
}

type Rule = RbacRules['policies'][string]['permissions' | 'principals'][number];

function asksForHeader(rule: Rule): boolean {
  const one = 'rule' in rule ? rule.rule : rule.identifier;
  switch (one.case) {
    case 'header':
      return true;
    case 'andRules':
    case 'orRules':
      return one.value.rules.some(asksForHeader);
    case 'andIds':
    case 'orIds':
      return one.value.ids.some(asksForHeader);
    case 'notRule':
    case 'notId':
      return asksForHeader(one.value);
    default:
      return false;
  }
}
