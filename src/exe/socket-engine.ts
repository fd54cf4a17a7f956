import type { Dispatcher } from '../../sdk/event.ts';
import type { SocketEngine } from '../network/engine/engine.ts';
import { createIoUringEngine } from '../network/engine/io-uring/open-io-uring.ts';
import { NodeSocketEngine } from '../network/engine/node/node-engine.ts';
import type { SocketEngineChoice } from './options.ts';

/**
 * The engine of a thread: io_uring, unless `node` was chosen or the system has none for us.
 * @param onUnavailable told why there is no io_uring
 */
export function createSocketEngine(
  dispatcher: Dispatcher,
  choice: SocketEngineChoice,
  onUnavailable: (reason: string) => void = () => {},
): SocketEngine {
  if (choice === 'node') return new NodeSocketEngine(dispatcher);
  const engine = createIoUringEngine(dispatcher);
  if (!('reason' in engine)) return engine;
  onUnavailable(`io_uring is not available (${engine.reason}): sockets are driven by the node engine`);
  return new NodeSocketEngine(dispatcher);
}
