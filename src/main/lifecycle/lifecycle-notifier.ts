/** Calls parts at the server's stages (envoy/server/lifecycle_notifier.h). */

/** `Startup`: workers are about to start. `PostInit`: everything is initialised. `ShutdownExit`: the loop is to end. */
export type Stage = 'Startup' | 'PostInit' | 'ShutdownExit';

/** May take time: the stage is over when every answer has settled. */
export type StageCallback = () => void | Promise<void>;

export class LifecycleNotifier {
  readonly #callbacks = new Map<Stage, Set<StageCallback>>();

  /** Until disposed, `callback` is called at the stage. */
  registerCallback(stage: Stage, callback: StageCallback): Disposable {
    let callbacks = this.#callbacks.get(stage);
    if (callbacks === undefined) {
      callbacks = new Set();
      this.#callbacks.set(stage, callbacks);
    }
    const registered = callbacks.add(callback);
    return { [Symbol.dispose]: () => void registered.delete(callback) };
  }

  /** Calls in the order of registration, each after the one before has settled. */
  async notify(stage: Stage): Promise<void> {
    for (const callback of [...(this.#callbacks.get(stage) ?? [])]) await callback();
  }
}
