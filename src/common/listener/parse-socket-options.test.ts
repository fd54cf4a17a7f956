import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SocketOption } from '../../../api/generated/envoy/config/core/v3/socket_option_pb.d.ts';
import { literalOptions } from './parse-socket-options.ts';

test('an option is for the types of sockets that it names: for all when it names none, for streams when both', () => {
  const types = {
    none: undefined,
    empty: {},
    stream: { stream: {} },
    datagram: { datagram: {} },
    both: { stream: {}, datagram: {} },
  };
  const isTaken = (type: object | undefined, protocol: 'tcp' | 'udp') => {
    const option = { level: 6n, name: 1n, value: { case: 'intValue', value: 1n }, state: 0, type, ipVersion: 0 };
    return literalOptions([option as unknown as SocketOption], 4, protocol).length === 1;
  };
  const taken = Object.entries(types).map(([name, type]) => [name, isTaken(type, 'tcp'), isTaken(type, 'udp')]);
  assert.deepEqual(taken, [
    ['none', true, true],
    ['empty', true, true],
    ['stream', true, false],
    ['datagram', false, true],
    ['both', true, false],
  ]);
});
