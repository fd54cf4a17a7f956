import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpProtocolOptions } from '../../../../../api/generated/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.d.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { parseClusterFilters } from '../../../../common/http/upstream-filters.ts';
import { upstreamCodec } from './index.ts';

const type = 'type.googleapis.com/envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec';

test('it ends the filters of a cluster, under any name', () => {
  const { parse } = configReader([upstreamCodec]);
  const read = (http_filters: { name: string; typed_config: { '@type': string } }[]) =>
    parse('envoy.extensions.upstreams.http.v3.HttpProtocolOptions', { http_filters }, (message, ctx) =>
      parseClusterFilters((message as HttpProtocolOptions).httpFilters, ctx),
    );
  const codec = { name: 'end', typed_config: { '@type': type } };
  assert.deepEqual(read([codec]), { config: [], problems: [] });
  assert.match(
    read([codec, codec]).problems.join(),
    /terminal filter named end of type envoy.filters.http.upstream_codec/,
  );
});
