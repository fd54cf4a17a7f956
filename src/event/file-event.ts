import type { SchedulableCallback } from '../../sdk/event.ts';

/** What a descriptor can be ready for; bits that add up (Envoy's FileReadyType). */
export const fileReady = {
  read: 1,
  write: 2,
  /** The peer has closed its end, or its half. */
  closed: 4,
} as const;

/** `level`: told in every iteration while it is ready; `edge`: told when it becomes so. */
export type FileTrigger = 'level' | 'edge';

/** A descriptor that is watched (Envoy's FileEvent). Disposing of it ends that; the descriptor is its owner's to close. */
export interface FileEvent extends Disposable {
  /** Runs the callback in the next iteration as if the descriptor were ready for `events`. */
  activate(events: number): void;
  /** What is watched for from now on; what was activated and not told yet is forgotten. */
  setEnabled(events: number): void;
}

/** How a dispatcher watches a descriptor. */
export interface FileWatch {
  setEvents(events: number): void;
  remove(): void;
}

export class WatchedFileEvent implements FileEvent {
  readonly #callback: (events: number) => void;
  readonly #watch: FileWatch;
  readonly #activation: SchedulableCallback;
  #activated = 0;

  constructor(
    callback: (events: number) => void,
    watch: (event: WatchedFileEvent) => FileWatch,
    createCallback: (run: () => void) => SchedulableCallback,
  ) {
    this.#callback = callback;
    this.#activation = createCallback(() => this.onReady(0));
    this.#watch = watch(this);
  }

  /** The descriptor is ready; what was activated is told along with it. */
  onReady(events: number): void {
    const all = events | this.#activated;
    this.#forgetActivated();
    if (all !== 0) this.#callback(all);
  }

  activate(events: number): void {
    this.#activated |= events;
    this.#activation.scheduleCallbackNextIteration();
  }

  setEnabled(events: number): void {
    this.#forgetActivated();
    this.#watch.setEvents(events);
  }

  [Symbol.dispose](): void {
    this.#forgetActivated();
    this.#activation[Symbol.dispose]();
    this.#watch.remove();
  }

  #forgetActivated(): void {
    this.#activated = 0;
    this.#activation.cancel();
  }
}
