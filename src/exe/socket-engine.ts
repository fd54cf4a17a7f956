import type { Dispatcher } from '../../sdk/event.ts';
import type { SocketEngine } from '../network/engine/engine.ts';
import { NodeSocketEngine } from '../network/engine/node/node-engine.ts';

/** The engine of a thread. */
export function createSocketEngine(dispatcher: Dispatcher): SocketEngine {
  return new NodeSocketEngine(dispatcher);
}
