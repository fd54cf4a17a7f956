import { defineHttpFilter, type FilterHeadersStatus, type HttpFilter, type RequestHeaderMap } from '@nuncio/sdk';

class TenantFilter implements HttpFilter {
  decodeHeaders(headers: RequestHeaderMap, _endStream: boolean): FilterHeadersStatus {
    const tenant = headers.get('host')?.split('.')[0];
    if (tenant !== undefined) headers.set('x-tenant', tenant);
    return 'Continue';
  }
}

/** A filter as someone outside writes it: nothing but the sdk is imported. */
export const tenant = defineHttpFilter({
  name: 'example.filters.http.tenant',
  configTypes: ['google.protobuf.Empty'],
  parseConfig: () => ({}),
  createFilterFactory: () => () => new TenantFilter(),
});
