import type {
  HttpFilterContext,
  HttpFilterExtension,
  ResolvedExtension,
  UpstreamHttpFilterContext,
  UpstreamHttpFilterExtension,
} from '../../../sdk/extension.ts';
import type { HttpFilterChain, HttpFilterChainEntry, HttpFilterFactory } from '../../../sdk/http.ts';
import type { FilterConfig, HttpFilterConfig } from '../../common/http/http-filters.ts';
import type { UpstreamFilterConfig } from '../../common/http/upstream-filters.ts';

/** The filters of a list, ready to be made for streams. */
export function createFilterChain(configs: readonly HttpFilterConfig[], context: HttpFilterContext): HttpFilterChain {
  return configs.map((config) => {
    const { filter } = config;
    return entryOf(config, filter.extension.createFilterFactory(filter.config, context));
  });
}

/** The same between the router and an upstream; undefined = none was configured. */
export function createUpstreamFilterChain(
  configs: readonly UpstreamFilterConfig[] | undefined,
  context: UpstreamHttpFilterContext,
): HttpFilterChain | undefined {
  return configs?.flatMap((config) => {
    const { filter } = config;
    const createFilter = filter.extension.createFilterFactory?.(filter.config, context);
    return createFilter === undefined ? [] : [entryOf(config, createFilter)];
  });
}

function entryOf<E extends HttpFilterExtension | UpstreamHttpFilterExtension>(
  { filter, disabled }: FilterConfig<E>,
  createFilter: HttpFilterFactory,
): HttpFilterChainEntry {
  const { name, extension } = filter as ResolvedExtension<HttpFilterExtension | UpstreamHttpFilterExtension>;
  return { configName: name, filterName: extension.name, createFilter, disabled };
}
