import { operations } from '../../../native/io-uring.ts';
import { kinds } from './ring-context.ts';
import { RingListenSocket } from './ring-listen.ts';

/** POLLIN. */
const readable = 1;
const errnoAgain = -11;
const errnoCanceled = -125;
/** Then others have their turn. */
const mostAtOnce = 16;

/**
 * Shares its socket, which does not block, with other threads: all are told of a connection, and whoever comes first
 * takes it. So none is taken for a thread that hangs, as an operation that goes on would do.
 */
export class RingSharedListenSocket extends RingListenSocket {
  override onCompletion(_kind: number, result: number): void {
    if (result >= 0) this.#acceptSome();
    else if (result !== errnoCanceled && !this.closed) this.onFailed(result);
    this.onWaitEnded();
  }

  /** It completes at once while there is a connection left. */
  protected override wait(): void {
    this.host.ring.push(operations.poll, this.fd, 0, 0, 0, 0, readable, this.id, kinds.accept);
  }

  #acceptSome(): void {
    for (let i = 0; i < mostAtOnce && this.mayAccept; i++) {
      const fd = this.host.libc.accept(this.fd);
      if (fd === errnoAgain) return;
      if (fd < 0) this.onFailed(fd);
      else this.handOut(fd);
    }
  }
}
