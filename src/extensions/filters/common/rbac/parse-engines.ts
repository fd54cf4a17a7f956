import type { RBAC as HttpRbac } from '../../../../../api/generated/envoy/extensions/filters/http/rbac/v3/rbac_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { parseRbac, type RbacEngine } from './engine.ts';
import { parseMatcherEngine } from './matcher-engine.ts';

/** What both filters have in common. */
type EngineFields = Pick<HttpRbac, 'rules' | 'shadowRules' | 'matcher' | 'shadowMatcher'>;

/** Where there is a matcher, the rules are not looked at. */
export function parseEngines(
  { rules, shadowRules, matcher, shadowMatcher }: EngineFields,
  kind: 'HTTP' | 'network',
  ctx: ConfigContext,
): { readonly rules: RbacEngine | undefined; readonly shadowRules: RbacEngine | undefined } {
  return {
    rules: matcher
      ? parseMatcherEngine(matcher, kind, ctx.child('matcher'))
      : rules && parseRbac(rules, ctx.child('rules')),
    shadowRules: shadowMatcher
      ? parseMatcherEngine(shadowMatcher, kind, ctx.child('shadow_matcher'))
      : shadowRules && parseRbac(shadowRules, ctx.child('shadow_rules')),
  };
}
