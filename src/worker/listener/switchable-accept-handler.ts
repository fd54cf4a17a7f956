import type { AcceptHandler, ListenSocket, SocketError, StreamSocket } from '../../network/engine/engine.ts';

/** Stands between a listen socket and its listener: the socket outlives listener configurations. */
export class SwitchableAcceptHandler implements AcceptHandler {
  target: AcceptHandler;

  constructor(target: AcceptHandler) {
    this.target = target;
  }

  onAccept(socket: StreamSocket): void {
    this.target.onAccept(socket);
  }

  onAcceptError(error: SocketError): void {
    this.target.onAcceptError(error);
  }
}

/** A listen socket with what it accepts for. */
export interface OwnedListenSocket {
  readonly socket: ListenSocket;
  readonly acceptHandler: SwitchableAcceptHandler;
}
