import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TransportSocketCallbacks } from '../../../../sdk/network.ts';
import { createStatsMemory } from '../../../common/stats/stats-memory.ts';
import { StatsStore } from '../../../common/stats/stats-store.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../../event/simulated-dispatcher.ts';
import { TcpStatsSocket } from './socket.ts';
import { TcpStats } from './stats.ts';

/** A `struct tcp_info` with words at these offsets. */
function tcpInfo(words: Readonly<Record<number, number>>): Uint8Array {
  const view = new DataView(new ArrayBuffer(232));
  for (const [at, value] of Object.entries(words)) view.setUint32(Number(at), value, true);
  return new Uint8Array(view.buffer);
}

const receivedBytes = 128;
const unsentBytes = 144;

function world(updatePeriodMs: number | undefined) {
  const time = new SimulatedTime();
  const dispatcher = new SimulatedDispatcher('worker_0', time);
  const scope = new StatsStore(createStatsMemory()).createScope();
  const state = { info: undefined as Uint8Array | undefined };
  const socket = new TcpStatsSocket(undefined, new TcpStats(scope), dispatcher, updatePeriodMs);
  socket.start({ tcpInfo: () => state.info, onHandshakeComplete() {} } as unknown as TransportSocketCallbacks);
  socket.onConnected();
  const value = (name: string): number =>
    (name.startsWith('cx_tx_un') ? scope.gauge(`tcp_stats.${name}`) : scope.counter(`tcp_stats.${name}`)).value;
  return { time, state, socket, value };
}

test('what has passed is counted once, at the end; gauges go back to zero', () => {
  const { state, socket, value } = world(undefined);
  state.info = tcpInfo({ [receivedBytes]: 10, [unsentBytes]: 7 });
  assert.equal(value('cx_rx_bytes_received'), 0);
  socket.close();
  socket[Symbol.dispose]();
  assert.equal(value('cx_rx_bytes_received'), 10);
  assert.equal(value('cx_tx_unsent_bytes'), 0);
});

test('a period counts what is new, and what is under way', () => {
  const { time, state, socket, value } = world(1000);
  state.info = tcpInfo({ [receivedBytes]: 10, [unsentBytes]: 7 });
  time.advance(1000);
  assert.deepEqual([value('cx_rx_bytes_received'), value('cx_tx_unsent_bytes')], [10, 7]);
  state.info = tcpInfo({ [receivedBytes]: 15, [unsentBytes]: 2 });
  time.advance(1000);
  assert.deepEqual([value('cx_rx_bytes_received'), value('cx_tx_unsent_bytes')], [15, 2]);
  state.info = undefined;
  socket[Symbol.dispose]();
  assert.deepEqual([value('cx_rx_bytes_received'), value('cx_tx_unsent_bytes')], [15, 0]);
});

test('a socket of another kind, of which the kernel tells less, counts nothing', () => {
  const { state, socket, value } = world(undefined);
  state.info = new Uint8Array(100).fill(1);
  socket.close();
  assert.equal(value('cx_rx_bytes_received'), 0);
});
