import type { ConfigContext, PackedConfig } from '../../../sdk/config.ts';

const re2 = 'envoy.extensions.regex_engines.v3.GoogleRE2';

/** Checks `default_regex_engine`: there is RE2, which is used anyway. */
export function checkRegexEngine(
  config: { readonly name: string; readonly typedConfig?: PackedConfig | undefined } | undefined,
  ctx: ConfigContext,
): void {
  if (config === undefined) return;
  const { name, typedConfig } = config;
  const message = typedConfig === undefined ? undefined : ctx.child('typed_config').unpack(typedConfig);
  if ((typedConfig !== undefined && message === undefined) || message?.$typeName === re2) return;
  ctx.error(`Didn't find a registered implementation for '${name}' with type URL: '${message?.$typeName ?? ''}'`, {
    expected: `typed_config of type.googleapis.com/${re2}`,
  });
}
