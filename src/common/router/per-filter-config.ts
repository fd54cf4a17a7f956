import type { FilterConfig } from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext, PackedConfig } from '../../../sdk/config.ts';
import type { HttpFilterExtension } from '../../../sdk/extension.ts';
import type { RouteBinding } from './parse-context.ts';

const FILTER_CONFIG = 'envoy.config.route.v3.FilterConfig';

interface Entry {
  readonly disabled: boolean;
  readonly config: unknown;
}

/** `typed_per_filter_config` of one level: by the filter's name in the chain. */
export class PerFilterConfigs {
  readonly #entries: ReadonlyMap<string, Entry>;

  constructor(entries: ReadonlyMap<string, Entry>) {
    this.#entries = entries;
  }

  get(filterName: string): unknown {
    return this.#entries.get(filterName)?.config;
  }

  disabled(filterName: string): boolean | undefined {
    return this.#entries.get(filterName)?.disabled;
  }
}

/** Undefined when there is none. */
export function parsePerFilterConfigs(
  configs: Readonly<Record<string, PackedConfig>>,
  ctx: ConfigContext,
  bindings: RouteBinding[],
): PerFilterConfigs | undefined {
  const names = Object.keys(configs);
  if (names.length === 0) return undefined;
  const entries = new Map<string, Entry>();
  for (const name of names) {
    const at = ctx.child('typed_per_filter_config', name);
    const entry = parseEntry(name, configs[name] as PackedConfig, at, bindings);
    if (entry !== undefined) entries.set(name, entry);
  }
  return new PerFilterConfigs(entries);
}

/** Whether a worker must have them before a request asks for them. */
export function mustBeBound(configs: Readonly<Record<string, PackedConfig>>, ctx: ConfigContext): boolean {
  for (const name of Object.keys(configs)) {
    const any = configs[name] as PackedConfig;
    const own = typeOf(any) === FILTER_CONFIG ? (ctx.unpack(any) as FilterConfig | undefined)?.config : any;
    if (own !== undefined && findExtension(name, typeOf(own), ctx)?.bindPerRouteConfig !== undefined) return true;
  }
  return false;
}

function parseEntry(name: string, any: PackedConfig, ctx: ConfigContext, bindings: RouteBinding[]): Entry | undefined {
  // As Envoy: configuration of its own switches a filter on that is off by default.
  if (typeOf(any) !== FILTER_CONFIG) return { disabled: false, config: parseConfig(name, any, false, ctx, bindings) };
  const wrapper = ctx.unpack(any) as FilterConfig | undefined;
  if (wrapper === undefined) return undefined;
  if (wrapper.disabled) return { disabled: true, config: undefined };
  const { config } = wrapper;
  if (config === undefined) {
    ctx.error(`Empty route/virtual host per filter configuration for ${name} filter`);
    return undefined;
  }
  if (config.typeUrl === '') {
    // Nothing but the word that the filter is to run, which one that is off by default may need.
    return { disabled: false, config: undefined };
  }
  return { disabled: false, config: parseConfig(name, config, wrapper.isOptional, ctx.child('config'), bindings) };
}

function parseConfig(
  name: string,
  any: PackedConfig,
  optional: boolean,
  ctx: ConfigContext,
  bindings: RouteBinding[],
): unknown {
  const type = typeOf(any);
  const extension = findExtension(name, type, ctx);
  if (extension === undefined) {
    if (!optional) ctx.error(`Didn't find a registered implementation for '${name}' with type URL: '${type}'`);
    return undefined;
  }
  if (extension.parsePerRouteConfig === undefined) {
    if (!optional) ctx.error(`The filter ${name} doesn't support virtual host or route specific configurations`);
    return undefined;
  }
  const message = ctx.unpack(any);
  if (message === undefined) return undefined;
  const types = extension.perRouteConfigTypes ?? extension.configTypes;
  if (!types.includes(message.$typeName)) {
    ctx.error(`type ${message.$typeName} is none that ${extension.name} takes on routes`, {
      expected: types.join(' or '),
    });
    return undefined;
  }
  const config = ctx.collector.capture(() => extension.parsePerRouteConfig?.(message, ctx));
  if (extension.bindPerRouteConfig !== undefined && config !== undefined) {
    bindings.push({ bind: (context) => extension.bindPerRouteConfig?.(config, context) });
  }
  return config;
}

function findExtension(name: string, type: string, ctx: ConfigContext): HttpFilterExtension | undefined {
  const { extensions } = ctx;
  if (extensions === undefined) return undefined;
  const byType = extensions.byConfigType('envoy.filters.http', type) ?? byPerRouteType(type, ctx);
  return (byType ?? extensions.byName('envoy.filters.http', name)) as HttpFilterExtension | undefined;
}

function byPerRouteType(type: string, ctx: ConfigContext): HttpFilterExtension | undefined {
  const filters = ctx.extensions?.all('envoy.filters.http') as readonly HttpFilterExtension[] | undefined;
  return filters?.find((filter) => filter.perRouteConfigTypes?.includes(type) === true);
}

function typeOf(any: PackedConfig): string {
  return any.typeUrl.slice(any.typeUrl.lastIndexOf('/') + 1);
}
