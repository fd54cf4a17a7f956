import type { OriginalSrc } from '../../../../../api/generated/envoy/extensions/filters/http/original_src/v3/original_src_pb.d.ts';
import { defineHttpFilter } from '../../../../../sdk/extension.ts';
import type { DecoderFilterCallbacks, FilterHeadersStatus, HttpFilter } from '../../../../../sdk/http.ts';
import { setUpstreamSource } from '../../../../common/network/upstream-source.ts';

/** Has upstreams see the address of a request's client, as headers told it, as that of their peer. */
class OriginalSrcFilter implements HttpFilter {
  readonly #mark: number;
  #callbacks!: DecoderFilterCallbacks;

  constructor(mark: number) {
    this.#mark = mark;
  }

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.#callbacks = callbacks;
  }

  decodeHeaders(): FilterHeadersStatus {
    const { filterState, downstreamConnection } = this.#callbacks.streamInfo;
    setUpstreamSource(filterState, downstreamConnection.remoteAddress, this.#mark, 'request');
    return 'Continue';
  }
}

/** envoy.filters.http.original_src */
export const originalSrc = defineHttpFilter<number>({
  name: 'envoy.filters.http.original_src',
  configTypes: ['envoy.extensions.filters.http.original_src.v3.OriginalSrc'],
  parseConfig: (message) => (message as OriginalSrc).mark,
  createFilterFactory: (mark) => () => new OriginalSrcFilter(mark),
});
