import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Buffer } from '../../../sdk/buffer.ts';
import type { ResponseDecoder } from '../../../sdk/codec.ts';
import type { HttpPoolCallbacks, TcpConnectionPool } from '../../../sdk/upstream.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { TcpTunnelPool } from './tcp-tunnel.ts';

/** What goes to the upstream for a request of this kind, an ended write marked by `|`. */
function tunnelled(preface: string | undefined, endStream: boolean): string {
  let written = '';
  const connection = {
    enableHalfClose() {},
    write(data: Buffer, end: boolean) {
      written += `${data.toString()}${end ? '|' : ''}`;
    },
  };
  const pool = {
    newConnection: (callbacks: { onPoolReady(data: object, host: object): void }) =>
      callbacks.onPoolReady({ connection, addUpstreamCallbacks() {} }, {}),
  } as unknown as TcpConnectionPool;
  const buffer = new SliceBuffer();
  if (preface !== undefined) buffer.add(preface);
  const decoder = { decodeHeaders() {} } as unknown as ResponseDecoder;
  const callbacks = {
    onPoolReady: (tunnel: { encodeHeaders(headers: object, end: boolean): void }) =>
      tunnel.encodeHeaders({}, endStream),
  } as unknown as HttpPoolCallbacks;
  new TcpTunnelPool(pool, preface === undefined ? undefined : buffer).newStream(decoder, callbacks);
  return written;
}

test('a preface goes out before anything else, with the end when there is nothing else', () => {
  assert.equal(tunnelled('PROXY', false), 'PROXY');
  assert.equal(tunnelled('PROXY', true), 'PROXY|');
  assert.equal(tunnelled(undefined, true), '|');
  assert.equal(tunnelled(undefined, false), '');
});
