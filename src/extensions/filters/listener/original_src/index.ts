import type { OriginalSrc } from '../../../../../api/generated/envoy/extensions/filters/listener/original_src/v3/original_src_pb.d.ts';
import { defineListenerFilter } from '../../../../../sdk/extension.ts';
import type { FilterStatus, ListenerFilter, ListenerFilterCallbacks } from '../../../../../sdk/network.ts';
import { setUpstreamSource } from '../../../../common/network/upstream-source.ts';

/** Has upstreams see the client's address, as filters before this one found it, as that of their peer. */
class OriginalSrcFilter implements ListenerFilter {
  readonly maxReadBytes = 0;
  readonly #mark: number;

  constructor(mark: number) {
    this.#mark = mark;
  }

  onAccept({ info, streamInfo }: ListenerFilterCallbacks): FilterStatus {
    setUpstreamSource(streamInfo.filterState, info.remoteAddress, this.#mark, 'connection');
    return 'Continue';
  }
}

/** envoy.filters.listener.original_src */
export const listenerOriginalSrc = defineListenerFilter<number>({
  name: 'envoy.filters.listener.original_src',
  configTypes: ['envoy.extensions.filters.listener.original_src.v3.OriginalSrc'],
  parseConfig: (message, ctx) => {
    const config = message as OriginalSrc;
    ctx.requireSupported(config, ['mark']);
    return config.mark;
  },
  createFilterFactory: (mark) => () => new OriginalSrcFilter(mark),
});
