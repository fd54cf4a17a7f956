import type { HttpFilter as HttpFilterProto } from '../../../api/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import {
  type HttpFilterExtension,
  type ResolvedExtension,
  resolveExtension,
  type UpstreamHttpFilterExtension,
} from '../../../sdk/extension.ts';

/** One place of a configured list of filters. */
export interface FilterConfig<E extends HttpFilterExtension | UpstreamHttpFilterExtension> {
  readonly filter: ResolvedExtension<E>;
  readonly disabled: boolean;
}
export type HttpFilterConfig = FilterConfig<HttpFilterExtension>;

/** What Envoy says of a list: what kind it is (`http`, `http upgrade`), and more where its end is missing. */
export interface FilterListKind {
  readonly field: string;
  readonly chainType: string;
  readonly aboutEnd?: string;
}

/** Checks a list of filters of a client's requests. */
export function parseHttpFilters(
  configs: readonly HttpFilterProto[],
  ctx: ConfigContext,
  kind: FilterListKind,
): readonly HttpFilterConfig[] {
  return parseFilterList<HttpFilterExtension>('envoy.filters.http', configs, ctx, kind);
}

/** The same for either side of the router. */
export function parseFilterList<E extends HttpFilterExtension | UpstreamHttpFilterExtension>(
  category: E['category'],
  configs: readonly HttpFilterProto[],
  ctx: ConfigContext,
  kind: FilterListKind,
): readonly FilterConfig<E>[] {
  const filters: FilterConfig<E>[] = [];
  for (const [i, config] of configs.entries()) {
    const place = ctx.child(kind.field, i);
    place.requireSupported(config, ['name', 'typedConfig', 'isOptional', 'disabled']);
    if (config.configType.case === 'configDiscovery') continue;
    if (config.isOptional && isUnknown(category, config, ctx)) continue;
    const { name, disabled } = config;
    const filter = resolveExtension<E>(place, category, { name, typedConfig: config.configType.value });
    if (filter === undefined) continue;
    filters.push({ filter, disabled });
    const which = { name, type: filter.extension.name, terminal: filter.extension.terminal === true, disabled };
    checkPlace(which, i === configs.length - 1, place, kind);
  }
  return filters;
}

/** An optional filter of an unknown type is left out. */
function isUnknown(
  category: (HttpFilterExtension | UpstreamHttpFilterExtension)['category'],
  { configType }: HttpFilterProto,
  ctx: ConfigContext,
): boolean {
  if (configType.case !== 'typedConfig') return true;
  const { typeUrl } = configType.value;
  const messageName = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
  return ctx.extensions?.byConfigType(category, messageName) === undefined;
}

interface PlacedFilter {
  readonly name: string;
  readonly type: string;
  readonly terminal: boolean;
  readonly disabled: boolean;
}

function checkPlace(filter: PlacedFilter, isLast: boolean, ctx: ConfigContext, kind: FilterListKind): void {
  const { name, type, terminal, disabled } = filter;
  const { chainType, aboutEnd } = kind;
  const which = `named ${name} of type ${type}`;
  if (terminal && !isLast) {
    ctx.error(`Error: terminal filter ${which} must be the last filter in a ${chainType} filter chain.`);
  } else if (!terminal && isLast) {
    const more = aboutEnd === undefined ? '' : ` ${aboutEnd}`;
    ctx.error(`Error: non-terminal filter ${which} is the last filter in a ${chainType} filter chain.${more}`);
  } else if (terminal && disabled) {
    ctx.error(`Error: the last (terminal) filter (${name}) in the chain cannot be disabled by default.`);
  }
}
