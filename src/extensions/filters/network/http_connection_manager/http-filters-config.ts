import type { HttpFilter as HttpFilterProto } from '../../../../../api/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { type HttpFilterExtension, type ResolvedExtension, resolveExtension } from '../../../../../sdk/extension.ts';

export interface HttpFilterConfig {
  readonly filter: ResolvedExtension<HttpFilterExtension>;
  readonly disabled: boolean;
}

/** Checks a list of HTTP filters. `chainType` is Envoy's word for the chain in its errors: `http`, `http upgrade`. */
export function parseHttpFilters(
  configs: readonly HttpFilterProto[],
  ctx: ConfigContext,
  { field, chainType }: { readonly field: string; readonly chainType: string },
): readonly HttpFilterConfig[] {
  const filters: HttpFilterConfig[] = [];
  for (const [i, config] of configs.entries()) {
    const place = ctx.child(field, i);
    place.requireSupported(config, ['name', 'typedConfig', 'isOptional', 'disabled']);
    if (config.configType.case === 'configDiscovery') continue;
    if (config.isOptional && isUnknown(config, ctx)) continue;
    const typedConfig = config.configType.value;
    const filter = resolveExtension<HttpFilterExtension>(place, 'envoy.filters.http', {
      name: config.name,
      typedConfig,
    });
    if (filter === undefined) continue;
    filters.push({ filter, disabled: config.disabled });
    checkPlace(filter, place, { isLast: i === configs.length - 1, chainType, disabled: config.disabled });
  }
  return filters;
}

/** An optional filter of an unknown type is left out. */
function isUnknown({ configType }: HttpFilterProto, ctx: ConfigContext): boolean {
  if (configType.case !== 'typedConfig') return true;
  const { typeUrl } = configType.value;
  const messageName = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
  return ctx.extensions?.byConfigType('envoy.filters.http', messageName) === undefined;
}

interface Place {
  readonly isLast: boolean;
  readonly chainType: string;
  readonly disabled: boolean;
}

function checkPlace(
  { extension, name }: ResolvedExtension<HttpFilterExtension>,
  ctx: ConfigContext,
  place: Place,
): void {
  const { isLast, chainType, disabled } = place;
  const terminal = extension.terminal === true;
  const which = `named ${name} of type ${extension.name}`;
  if (terminal && !isLast) {
    ctx.error(`Error: terminal filter ${which} must be the last filter in a ${chainType} filter chain.`);
  } else if (!terminal && isLast) {
    ctx.error(`Error: non-terminal filter ${which} is the last filter in a ${chainType} filter chain.`);
  } else if (terminal && disabled) {
    ctx.error(`Error: the last (terminal) filter (${name}) in the chain cannot be disabled by default.`);
  }
}
