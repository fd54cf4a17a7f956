/** What the guard dog's thread is born with. */
export interface GuardDogInit {
  /** An Int32 a thread, main first: set to 1 by a thread that is alive, to 0 by the dog that has seen it. */
  readonly touches: SharedArrayBuffer;
  readonly statsMemory: unknown;
  readonly threads: readonly {
    readonly name: string;
    readonly group: 'main_thread' | 'workers';
    readonly config: {
      readonly missMs: number;
      readonly megamissMs: number;
      readonly killMs: number;
      readonly maxKillJitterMs: number;
      readonly multikillMs: number;
      readonly multikillThreshold: number;
      readonly abortOn: readonly ('UNKNOWN' | 'KILL' | 'MULTIKILL' | 'MEGAMISS' | 'MISS')[];
    };
  }[];
}
