import type { Dispatcher } from '../../sdk/event.ts';
import type { SocketEngine } from '../network/engine/engine.ts';
import { createIoUringEngine } from '../network/engine/io-uring/open-io-uring.ts';
import { NodeSocketEngine } from '../network/engine/node/node-engine.ts';
import type { SocketEngineChoice } from './options.ts';

/**
 * The engine of a thread: `auto` is the node engine until io_uring has been measured to be no worse anywhere; io_uring is
 * taken when it was chosen and the system has it for us.
 * @param onUnavailable told why there is no io_uring
 */
export function createSocketEngine(
  dispatcher: Dispatcher,
  choice: SocketEngineChoice,
  onUnavailable: (reason: string) => void = () => {},
): SocketEngine {
  if (choice !== 'io_uring') return new NodeSocketEngine(dispatcher);
  const engine = createIoUringEngine(dispatcher);
  if (!('reason' in engine)) return engine;
  onUnavailable(`io_uring is not available (${engine.reason}): sockets are driven by the node engine`);
  return new NodeSocketEngine(dispatcher);
}
