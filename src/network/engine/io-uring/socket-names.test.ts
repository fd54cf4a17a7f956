import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address } from '../../../../sdk/network.ts';
import { IpAddress, PipeAddress } from '../../../common/network/address.ts';
import { Libc } from '../../../native/libc.ts';
import { encodeSocketAddress } from './socket-address.ts';
import { SocketNames } from './socket-names.ts';

/** A system with a socket for each of the addresses. */
function namesOf(addresses: readonly Address[]): SocketNames {
  const name = new Uint8Array(128);
  const find = (fd: number): number => {
    const address = addresses[fd];
    const encoded = address === undefined ? 'none' : encodeSocketAddress(address, () => 0);
    if (typeof encoded === 'string') return 0;
    name.fill(0xff);
    name.set(encoded);
    return encoded.length;
  };
  return new SocketNames({ name, socketName: find, peerName: find });
}

test('each socket has its own address, however often and in whatever order they are asked', () => {
  const addresses: Address[] = [new IpAddress('0.0.0.0', 0), new IpAddress('::1', 80), new PipeAddress('/run/socket')];
  for (let i = 0; i < 4000; i++) addresses.push(new IpAddress(`10.${i & 3}.${i >> 8}.${i & 255}`, i));
  const names = namesOf(addresses);
  for (const step of [1, 7, 256]) {
    for (let i = 0; i < addresses.length * 2; i++) {
      const fd = (i * step) % addresses.length;
      assert.equal(names.peer(fd)?.asString, addresses[fd]?.asString);
      assert.equal(names.local(fd)?.asString, addresses[fd]?.asString);
    }
  }
});

test('what is no socket has no address', () => {
  const names = new SocketNames(new Libc());
  assert.deepEqual([names.local(-1), names.peer(-1)], [undefined, undefined]);
  assert.equal(namesOf([]).peer(0), undefined);
});
