import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ListenerConfig } from '../../common/listener/listener-config.ts';
import { IpAddress } from '../../common/network/address.ts';
import type { SocketOption } from '../../common/network/socket-option.ts';
import { type BindOptions, type SocketEngine, SocketError, SocketOptionError } from '../../network/engine/engine.ts';
import { ListenerSockets } from './listener-sockets.ts';

const option: SocketOption = { level: 1, name: 2, label: '1/2', value: new Uint8Array(4), state: 'prebind' };

/** A listener on these ports. */
function listener(ports: readonly number[], fields: Partial<ListenerConfig> = {}): ListenerConfig {
  const addresses = ports.map((port) => ({
    ...{ address: new IpAddress('127.0.0.1', port), ipv4Compat: port === 80, mode: 0, protocol: 'tcp' },
  }));
  const socketOptions = ports.map((port) => (port === 80 ? [option] : []));
  const config = { name: 'l', addresses, socketOptions, bindToPort: true, reusePort: true, backlog: 0, ...fields };
  return config as unknown as ListenerConfig;
}

/** What is asked of the engine; the port 666 it cannot bind. */
function bind(config: ListenerConfig, error = new SocketError('EADDRINUSE')) {
  const log: string[] = [];
  const asked: BindOptions[] = [];
  const engine = {
    bind(options: BindOptions) {
      asked.push(options);
      const { address } = options;
      if (address.port === 666) return error;
      return { address, transfer: () => `${address.port}`, close: () => log.push(`close ${address.port}`) };
    },
  } as unknown as SocketEngine;
  try {
    return { sockets: ListenerSockets.bind(config, engine), asked, log, fault: undefined };
  } catch (fault) {
    return { sockets: undefined, asked, log, fault: (fault as Error).message };
  }
}

test('each address is bound as the listener says', () => {
  const { asked } = bind(listener([80, 81], { backlog: 7 }));
  assert.deepEqual(
    asked.map(({ address, reusePort, ipv4Compat, backlog, socketOptions }) => [
      ...[address.port, reusePort, ipv4Compat, backlog, socketOptions?.length],
    ]),
    [
      [80, true, true, 7, 1],
      [81, true, false, 7, 0],
    ],
  );
  assert.equal(bind(listener([80])).asked[0]?.backlog, undefined, 'the kernel’s own');
  assert.deepEqual(bind(listener([80], { bindToPort: false })).asked, []);
});

test('an address that cannot be had is told in Envoy’s words, and none is kept', () => {
  const { fault, log } = bind(listener([80, 81, 666]));
  assert.equal(fault, "cannot bind '127.0.0.1:666': Address already in use");
  assert.deepEqual(log, ['close 80', 'close 81']);
  const unset = (state: SocketOption['state']) =>
    bind(listener([666]), new SocketOptionError('EPERM', { ...option, state })).fault;
  const why = 'Setting socket options failed (Setting 1/2 option on socket failed: Operation not permitted)';
  assert.deepEqual([unset('prebind'), unset('bound')], [`ListenSocket: ${why}`, `l: ${why}`]);
});

test('each worker gets a transfer of each socket, one that is replaced alone if asked; closing is once', () => {
  const { sockets, log } = bind(listener([80, 81]));
  assert.deepEqual(sockets?.transfers(2), [
    ['80', '80'],
    ['81', '81'],
  ]);
  assert.deepEqual(sockets?.transfers(2, 1), [
    [undefined, '80'],
    [undefined, '81'],
  ]);
  sockets?.[Symbol.dispose]();
  sockets?.[Symbol.dispose]();
  assert.deepEqual(log, ['close 80', 'close 81']);
});
