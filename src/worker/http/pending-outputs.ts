import type { Dispatcher, SchedulableCallback } from '../../../sdk/event.ts';

/** Whose codec has written what more may follow at once. */
export interface PendingOutput {
  /** It waits for `writeOutput`. */
  isOutputPending: boolean;
  /** The next one that waits. */
  nextOutput: PendingOutput | undefined;
  writeOutput(): void;
}

/** What codecs have written in this iteration of the loop goes out at its end, each connection's in one piece. One a thread. */
export class PendingOutputs {
  readonly #callback: SchedulableCallback;
  #first: PendingOutput | undefined = undefined;
  #last: PendingOutput | undefined = undefined;

  constructor(dispatcher: Dispatcher) {
    this.#callback = dispatcher.createSchedulableCallback(() => this.#writeAll());
  }

  add(output: PendingOutput): void {
    if (output.isOutputPending) return;
    output.isOutputPending = true;
    if (this.#last === undefined) {
      this.#first = output;
      this.#callback.scheduleCallbackCurrentIteration();
    } else {
      this.#last.nextOutput = output;
    }
    this.#last = output;
  }

  #writeAll(): void {
    try {
      for (let output = this.#first; output !== undefined; output = this.#first) {
        this.#first = output.nextOutput;
        if (this.#first === undefined) this.#last = undefined;
        output.nextOutput = undefined;
        output.isOutputPending = false;
        output.writeOutput();
      }
    } finally {
      // One who throws does not keep the others waiting.
      if (this.#first !== undefined) this.#callback.scheduleCallbackCurrentIteration();
    }
  }
}
