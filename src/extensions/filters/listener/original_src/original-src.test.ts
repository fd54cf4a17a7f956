import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerFilterCallbacks } from '../../../../../sdk/network.ts';
import { loggedStream } from '../../../../../test/harness/logged-stream.ts';
import { IpAddress, PipeAddress } from '../../../../common/network/address.ts';
import { sourceSocketOptions, upstreamSourceOf } from '../../../../common/network/upstream-source.ts';
import { LayeredFilterState } from '../../../../common/stream-info/filter-state.ts';
import { listenerOriginalSrc } from './index.ts';

function sourceFor(client: IpAddress | PipeAddress, mark: number) {
  const info = loggedStream().info.downstreamConnection;
  info.remoteAddress = client;
  const filterState = new LayeredFilterState();
  const callbacks = { info, streamInfo: { filterState } } as unknown as ListenerFilterCallbacks;
  const create = listenerOriginalSrc.createFilterFactory(mark, {} as never);
  assert.equal(create().onAccept(callbacks), 'Continue');
  return upstreamSourceOf(filterState);
}

test('connections to upstreams come from the client’s address, from any port', () => {
  const source = sourceFor(new IpAddress('203.0.113.9', 1234), 0);
  assert.ok(source !== undefined);
  assert.equal(source.from.asString, '203.0.113.9:0');
  assert.deepEqual(
    sourceSocketOptions(source).map(({ label, state }) => `${label} ${state}`),
    ['IPPROTO_IP/IP_TRANSPARENT prebind', 'IPPROTO_IP/IP_TRANSPARENT bound'],
  );
});

test('a mark is set first; clients of IPv6 have options of their own', () => {
  const source = sourceFor(new IpAddress('2001:db8::1', 1234), 5);
  assert.ok(source !== undefined);
  assert.deepEqual(
    sourceSocketOptions(source).map(({ label }) => label),
    ['SOL_SOCKET/SO_MARK', 'IPPROTO_IPV6/IPV6_TRANSPARENT', 'IPPROTO_IPV6/IPV6_TRANSPARENT'],
  );
  assert.deepEqual([...(sourceSocketOptions(source)[0]?.value ?? [])], [5, 0, 0, 0]);
});

test('a client of a Unix socket is left alone', () => {
  assert.equal(sourceFor(new PipeAddress('/a'), 5), undefined);
});
