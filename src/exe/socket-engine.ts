import type { Dispatcher } from '../../sdk/event.ts';
import type { NativeLedger } from '../native/native-ledger.ts';
import type { SocketEngine } from '../network/engine/engine.ts';
import { createIoUringEngine } from '../network/engine/io-uring/open-io-uring.ts';
import { NodeSocketEngine } from '../network/engine/node/node-engine.ts';
import type { SocketEngineInit } from '../snapshot/worker-messages.ts';

/**
 * The engine of a thread: io_uring, unless node was asked for or the system has none for us.
 * @param ledger where the thread writes down what would outlive it
 * @param onUnavailable told why there is no io_uring
 */
export function createSocketEngine(
  dispatcher: Dispatcher,
  { choice, submissions, receiveBufferBytes }: SocketEngineInit,
  ledger: NativeLedger | undefined,
  onUnavailable: (reason: string) => void = () => {},
): SocketEngine {
  if (choice === 'node') return new NodeSocketEngine(dispatcher);
  const engine = createIoUringEngine(dispatcher, {
    ...(submissions === undefined ? {} : { submissions }),
    ...(receiveBufferBytes === undefined ? {} : { receiveBufferBytes }),
    ...(ledger === undefined ? {} : { ledger }),
  });
  if (!('reason' in engine)) return engine;
  onUnavailable(`io_uring is not available (${engine.reason}): sockets are driven by the node engine`);
  return new NodeSocketEngine(dispatcher);
}
