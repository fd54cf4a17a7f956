import type { Policy, RBAC } from '../../../../../api/generated/envoy/config/rbac/v3/rbac_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { ServerFactoryContext } from '../../../../../sdk/extension.ts';
import { parseCondition } from './condition.ts';
import type { RbacInput, Rule } from './input.ts';
import { parsePermission } from './permissions.ts';
import { parsePrincipal } from './principals.ts';

export type RbacAction = 'ALLOW' | 'DENY' | 'LOG';

export interface RbacVerdict {
  readonly allowed: boolean;
  /** '' = none. */
  readonly policy: string;
  /** Whether the access log should have it; undefined = not said. */
  readonly logHint: boolean | undefined;
}

/** Checked `rules` or `matcher`. */
export interface RbacEngine {
  judge(input: RbacInput, context: ServerFactoryContext): RbacVerdict;
}

/** By RBAC.Action. */
export const ACTIONS: readonly RbacAction[] = ['ALLOW', 'DENY', 'LOG'];

/** The first policy by name that matches decides. */
export function parseRbac(config: RBAC, ctx: ConfigContext): RbacEngine {
  // Audit logging is for gRPC's own use of the message: Envoy does nothing with it.
  const action = ACTIONS[config.action] ?? 'ALLOW';
  const names = Object.keys(config.policies).sort();
  const policies = names.map((name) => ({
    name,
    matches: parsePolicy(config.policies[name] as Policy, ctx.child('policies', name)),
  }));
  return Object.freeze({
    judge(input: RbacInput) {
      const policy = policies.find(({ matches }) => matches(input))?.name;
      const allowed = action === 'LOG' || (policy !== undefined) === (action === 'ALLOW');
      const logHint = action === 'LOG' ? policy !== undefined : undefined;
      return { allowed, policy: policy ?? '', logHint };
    },
  });
}

function parsePolicy(policy: Policy, ctx: ConfigContext): Rule {
  const permissions = policy.permissions.map((each, i) => parsePermission(each, ctx.child('permissions', i)));
  const principals = policy.principals.map((each, i) => parsePrincipal(each, ctx.child('principals', i)));
  const condition = parseCondition(policy, ctx);
  return (input) =>
    permissions.some((matches) => matches(input)) &&
    principals.some((matches) => matches(input)) &&
    (condition === undefined || condition(input));
}

/** Of the policy that decided, for response-code details and kin. */
export function denialDetails({ policy }: RbacVerdict): string {
  return `rbac_access_denied_matched_policy[${(policy || 'none').replaceAll(' ', '_')}]`;
}

/** Of counters: a prefix that is given ends with a dot. */
export function statPrefix(configured: string): string {
  return configured === '' || configured.endsWith('.') ? configured : `${configured}.`;
}
