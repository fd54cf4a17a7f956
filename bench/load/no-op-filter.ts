/** A filter with every hook, each of which does nothing: what passing through a filter costs. */
import { defineHttpFilter, type HttpFilter } from '@nuncio/sdk';

class NoOpFilter implements HttpFilter {
  decodeHeaders() {
    return 'Continue' as const;
  }
  decodeData() {
    return 'Continue' as const;
  }
  encodeHeaders() {
    return 'Continue' as const;
  }
  encodeData() {
    return 'Continue' as const;
  }
}

export const noOp = defineHttpFilter<object>({
  name: 'bench.no_op',
  configTypes: ['google.protobuf.Empty'],
  parseConfig: () => ({}),
  createFilterFactory: () => () => new NoOpFilter(),
});
