import type { Counter } from '../../../../sdk/stats.ts';
import type { GuardDogAction, GuardDogActionContext, StuckThread, WatchdogEvent } from '../../../../sdk/watchdog.ts';

export interface ProfileConfig {
  readonly durationMs: number;
  /** A folder. */
  readonly path: string;
  /** How many profiles are taken in all, so that the disk does not fill up. */
  readonly maxProfiles: number;
}

export function counterNames(guardDogName: string): { readonly attempted: string; readonly captured: string } {
  return {
    attempted: `${guardDogName}.profile_action.attempted`,
    captured: `${guardDogName}.profile_action.successfully_captured`,
  };
}

/**
 * Takes one profile at a time, of all threads that hang when it begins: a file each, since V8 profiles by thread,
 * `ProfileAction.<unix seconds>.<thread>.cpuprofile`.
 */
export class ProfileAction implements GuardDogAction {
  readonly #config: ProfileConfig;
  readonly #context: GuardDogActionContext;
  readonly #attempted: Counter;
  readonly #captured: Counter;
  #started = 0;
  /** Of the profile that is being taken: threads that have not told yet, and whether all who have could be written. */
  #running: { left: number; complete: boolean } | undefined = undefined;

  constructor(config: ProfileConfig, context: GuardDogActionContext) {
    const { attempted, captured } = counterNames(context.guardDogName);
    this.#config = config;
    this.#context = context;
    this.#attempted = context.scope.counter(attempted);
    this.#captured = context.scope.counter(captured);
  }

  run(_event: WatchdogEvent, threads: readonly StuckThread[]): void {
    if (this.#running !== undefined) return;
    this.#attempted.inc();
    const { path, maxProfiles } = this.#config;
    const { dispatcher, files, logger } = this.#context;
    if (this.#started >= maxProfiles) {
      const text = `Unable to profile: enabled but already wrote ${this.#started} profiles.`;
      return logger('misc').warn(`Profile Action: ${text}`);
    }
    if (!files.directoryExists(path))
      return logger('misc').error(`Profile Action: Directory path ${path} doesn't exist.`);
    this.#started++;
    const seconds = Math.floor(dispatcher.timeSource.systemTimeMs() / 1000);
    const prefix = `${path.endsWith('/') ? path : `${path}/`}ProfileAction.${seconds}`;
    this.#start(prefix, threads);
  }

  #start(prefix: string, threads: readonly StuckThread[]): void {
    const running = { left: threads.length, complete: true };
    this.#running = running;
    for (const { name } of threads) {
      this.#context.threads.profile(name, this.#config.durationMs, (profile) => {
        if (!this.#write(`${prefix}.${name}.cpuprofile`, profile)) running.complete = false;
        if (--running.left > 0) return;
        this.#running = undefined;
        if (running.complete) this.#captured.inc();
      });
    }
  }

  #write(file: string, profile: string | undefined): boolean {
    const { files, logger } = this.#context;
    const fault =
      profile === undefined ? 'the thread does not listen: it is in native code' : files.write(file, profile);
    if (fault !== undefined) logger('misc').error(`Profile file ${file} wasn't created: ${fault}`);
    return fault === undefined;
  }
}
