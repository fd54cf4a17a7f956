import type {
  BufferPerRoute as BufferPerRouteProto,
  Buffer as BufferProto,
} from '../../../../../api/generated/envoy/extensions/filters/http/buffer/v3/buffer_pb.ts';
import { defineDualHttpFilter } from '../../../../../sdk/extension.ts';
import { BufferFilter, type BufferSettings } from './filter.ts';

const DISABLED: BufferSettings = Object.freeze({ disabled: true, maxRequestBytes: 0 });

function settings(config: BufferProto): BufferSettings {
  return Object.freeze({ disabled: false, maxRequestBytes: config.maxRequestBytes ?? 0 });
}

/** envoy.filters.http.buffer: a request goes on when it has arrived whole. */
export const [buffer, upstreamBuffer] = defineDualHttpFilter<BufferSettings, BufferSettings>({
  name: 'envoy.filters.http.buffer',
  configTypes: ['envoy.extensions.filters.http.buffer.v3.Buffer'],
  perRouteConfigTypes: ['envoy.extensions.filters.http.buffer.v3.BufferPerRoute'],

  parseConfig: (message) => settings(message as BufferProto),

  parsePerRouteConfig(message) {
    const { override } = message as BufferPerRouteProto;
    return override.case === 'buffer' ? settings(override.value) : DISABLED;
  },

  createFilterFactory: (config) => () => new BufferFilter(config),
});
