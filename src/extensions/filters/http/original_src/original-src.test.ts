import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DecoderFilterCallbacks } from '../../../../../sdk/http.ts';
import { loggedStream } from '../../../../../test/harness/logged-stream.ts';
import { IpAddress } from '../../../../common/network/address.ts';
import { setUpstreamSource, upstreamSourceOf } from '../../../../common/network/upstream-source.ts';
import { LayeredFilterState } from '../../../../common/stream-info/filter-state.ts';
import { originalSrc } from './index.ts';

function run(filterState: LayeredFilterState, client: string, mark: number): void {
  const { downstreamConnection } = loggedStream().info;
  downstreamConnection.remoteAddress = new IpAddress(client, 1234);
  const streamInfo = { filterState, downstreamConnection };
  const filter = originalSrc.createFilterFactory(mark, {} as never)();
  filter.setDecoderFilterCallbacks?.({ streamInfo } as unknown as DecoderFilterCallbacks);
  assert.equal(filter.decodeHeaders?.({} as never, true), 'Continue');
}

test('a request’s connection comes from its client’s address; others do not share it', () => {
  const [one, same, other] = [new LayeredFilterState(), new LayeredFilterState(), new LayeredFilterState()];
  run(one, '203.0.113.9', 5);
  run(same, '203.0.113.9', 5);
  run(other, '203.0.113.10', 5);
  assert.equal(upstreamSourceOf(one)?.from.asString, '203.0.113.9:0');
  assert.equal(upstreamSourceOf(one)?.mark, 5);
  assert.equal(upstreamSourceOf(one)?.key, upstreamSourceOf(same)?.key);
  assert.notEqual(upstreamSourceOf(one)?.key, upstreamSourceOf(other)?.key);
});

test('it goes before what the connection wanted, whose mark stays where it has none', () => {
  const connection = new LayeredFilterState();
  setUpstreamSource(connection, new IpAddress('203.0.113.1', 1), 7, 'connection');
  const request = new LayeredFilterState(connection);
  run(request, '203.0.113.9', 0);
  assert.equal(upstreamSourceOf(request)?.from.asString, '203.0.113.9:0');
  assert.equal(upstreamSourceOf(request)?.mark, 7);
  assert.equal(upstreamSourceOf(connection)?.from.asString, '203.0.113.1:0');
});
