import type { FileTrigger, FileWatch } from './file-event.ts';

interface SimulatedWatch {
  readonly fd: number;
  readonly trigger: FileTrigger;
  readonly onReady: (events: number) => void;
  events: number;
  /** Became ready and has not been told. */
  edges: number;
}

/** Descriptors that are ready when the test says so. */
export class SimulatedFiles {
  readonly #ready = new Map<number, number>();
  readonly #watches = new Set<SimulatedWatch>();

  setReady(fd: number, events: number): void {
    const before = this.#ready.get(fd) ?? 0;
    this.#ready.set(fd, events);
    for (const watch of this.#watches) if (watch.fd === fd) watch.edges = (watch.edges | (events & ~before)) & events;
  }

  /** Throws for what the system's own would not watch. */
  watch(fd: number, trigger: FileTrigger, events: number, onReady: (events: number) => void): FileWatch {
    for (const watch of this.#watches)
      if (watch.fd === fd && watch.trigger !== trigger)
        throw new Error(`descriptor ${fd} is watched by level or by edge, not by both`);
    const watch: SimulatedWatch = { fd, trigger, onReady, events, edges: this.#ready.get(fd) ?? 0 };
    this.#watches.add(watch);
    return {
      setEvents: (wanted) => {
        watch.events = wanted;
        watch.edges = this.#ready.get(fd) ?? 0;
      },
      remove: () => void this.#watches.delete(watch),
    };
  }

  get hasReady(): boolean {
    for (const watch of this.#watches) if (this.#due(watch) !== 0) return true;
    return false;
  }

  /** Tells all that are ready, once. */
  run(): void {
    for (const watch of [...this.#watches]) {
      const events = this.#due(watch);
      if (events === 0 || !this.#watches.has(watch)) continue;
      watch.edges &= ~events;
      watch.onReady(events);
    }
  }

  #due({ fd, trigger, events, edges }: SimulatedWatch): number {
    return events & (trigger === 'edge' ? edges : (this.#ready.get(fd) ?? 0));
  }
}
