import type { ConfigContext } from '../../../sdk/config.ts';
import type { NamedExtension } from '../../../sdk/matching.ts';

/** `route_specifiers` of any level: the only ones that Envoy has are native modules. */
export function refuseRouteSpecifiers(configs: readonly NamedExtension[], ctx: ConfigContext): void {
  for (const [i, { name, typedConfig }] of configs.entries()) {
    const at = ctx.child('route_specifiers', i);
    const type = typedConfig && at.child('typed_config').unpack(typedConfig)?.$typeName;
    at.error(`Didn't find a registered route specifier implementation for '${name}' with type URL: '${type ?? ''}'`);
  }
}
