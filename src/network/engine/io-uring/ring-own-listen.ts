import { completionFlags, entryFlags, operations } from '../../../native/io-uring.ts';
import { kinds } from './ring-context.ts';
import { RingListenSocket } from './ring-listen.ts';

const closeOnExec = 0x8_0000;
const errnoCanceled = -125;

/** Has a socket of its own, whose connections the kernel accepts by one operation that goes on. */
export class RingOwnListenSocket extends RingListenSocket {
  /** Accepted before the cancellation of a pause took effect. */
  readonly #early: number[] = [];

  override close(): void {
    for (const fd of this.#early.splice(0)) {
      this.host.ledger.disown(fd);
      this.host.libc.close(fd);
    }
    super.close();
  }

  override flush(): void {
    while (this.#early.length > 0 && this.mayAccept) this.handOut(this.#early.shift() as number);
    super.flush();
  }

  override onCompletion(_kind: number, result: number, flags: number): void {
    if (result >= 0) this.#onAccepted(result);
    else if (result !== errnoCanceled && !this.closed) this.onFailed(result);
    if ((flags & completionFlags.more) === 0) this.onWaitEnded();
  }

  protected override wait(): void {
    const operation = operations.accept | entryFlags.multishotAccept;
    this.host.ring.push(operation, this.fd, 0, 0, 0, 0, closeOnExec, this.id, kinds.accept);
  }

  #onAccepted(fd: number): void {
    if (this.closed) {
      this.host.libc.close(fd);
    } else if (this.paused) {
      this.host.ledger.own(fd);
      this.#early.push(fd);
    } else {
      this.handOut(fd);
    }
  }
}
