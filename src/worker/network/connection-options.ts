import type { Dispatcher } from '../../../sdk/event.ts';
import type { DrainDecision, TransportSocket } from '../../../sdk/network.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type { SocketConnectionInfo } from './connection-info.ts';

export interface ConnectionOptions {
  readonly dispatcher: Dispatcher;
  readonly info: SocketConnectionInfo;
  readonly streamInfo: StreamInfo;
  /** Absent = raw. */
  readonly transportSocket?: TransportSocket | undefined;
  /** 0 = no limit. */
  readonly bufferLimitBytes?: number;
  readonly drainDecision?: DrainDecision;
  /** Counts and logs what a filter, a transport socket or a callback of this connection has thrown. */
  readonly reportFault?: (error: unknown) => void;
}
