import type { ConfigContext } from '../../../../../sdk/config.ts';
import { type Extension, resolveExtension } from '../../../../../sdk/extension.ts';
import type { NamedExtension } from '../../../../../sdk/matching.ts';
import { never, type Rule } from './input.ts';

/** A permission's `matcher`, or a principal's `custom`. */
export interface RuleExtension<C extends 'envoy.rbac.matchers' | 'envoy.rbac.principals', Config = unknown>
  extends Extension<C, Config> {
  createRule(config: Config): Rule;
}

export function extensionRule(
  category: 'envoy.rbac.matchers' | 'envoy.rbac.principals',
  { name, typedConfig }: NamedExtension,
  ctx: ConfigContext,
): Rule {
  const found = resolveExtension<RuleExtension<typeof category>>(ctx, category, { name, typedConfig });
  return found?.extension.createRule(found.config) ?? never;
}
