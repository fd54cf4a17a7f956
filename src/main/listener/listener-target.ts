import type { InitTarget } from '../init/init-manager.ts';
import type { ManagedListener } from './managed-listener.ts';

/** What the server waits for: a listener that was added before the workers start, and is ready or gone. */
export class ListenerTarget implements InitTarget {
  readonly name: string;
  readonly #listener: ManagedListener;
  #ready: (() => void) | undefined = undefined;
  #dropped = false;

  constructor(listener: ManagedListener) {
    this.name = `Listener-init-target ${listener.name}`;
    this.#listener = listener;
  }

  initialize(ready: () => void): void {
    this.#ready = ready;
    if (this.#dropped) ready();
    else this.#listener.initManager.initialize(ready);
  }

  /** Nobody waits for it any more. */
  drop(): void {
    this.#dropped = true;
    this.#listener.initManager.cancel();
    this.#ready?.();
  }
}
