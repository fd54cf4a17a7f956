import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address, ListenerFilterCallbacks } from '../../../../../sdk/network.ts';
import { loggedStream } from '../../../../../test/harness/logged-stream.ts';
import { IpAddress } from '../../../../common/network/address.ts';
import { OriginalDstFilter } from './filter.ts';

/** The local address after the filter, and whether it counts as restored. */
function restored(meant: (local: Address) => Address | undefined): readonly [string, boolean] {
  const info = loggedStream().info.downstreamConnection;
  const callbacks = { info, originalDestination: () => meant(info.localAddress) } as unknown as ListenerFilterCallbacks;
  assert.equal(new OriginalDstFilter().onAccept(callbacks), 'Continue');
  return [info.localAddress.asString, info.localAddressRestored];
}

test('the address that the client meant becomes the local one', () => {
  assert.deepEqual(
    restored(() => new IpAddress('203.0.113.1', 443)),
    ['203.0.113.1:443', true],
  );
});

test('a client that came straight here meant this address, where the system tells; else it is left alone', () => {
  const [straight] = restored(() => undefined);
  assert.deepEqual(
    restored((local) => local),
    [straight, true],
  );
  assert.deepEqual(
    restored(() => undefined),
    [straight, false],
  );
});
