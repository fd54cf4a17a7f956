import { ConfigError } from '../../../sdk/config.ts';
import type { Dispatcher } from '../../../sdk/event.ts';
import type { AccessLogFile, AccessLogManager } from '../../../sdk/extension.ts';
import type { Scope } from '../../../sdk/stats.ts';
import { BatchedLogFile, type FileFlushOptions, FileStats } from './access-log-file.ts';

/** A thread's access logs: files, or what a simulation keeps them in. */
export interface WorkerAccessLogs extends AccessLogManager, Disposable {
  reopen(): void;
  flush(): void;
}

/** A thread's log files, one object a path. */
export class FileAccessLogManager implements WorkerAccessLogs {
  readonly #files = new Map<string, BatchedLogFile>();
  readonly #dispatcher: Dispatcher;
  readonly #stats: FileStats;
  readonly #options: FileFlushOptions;

  constructor(dispatcher: Dispatcher, scope: Scope, options: FileFlushOptions) {
    this.#dispatcher = dispatcher;
    this.#stats = new FileStats(scope);
    this.#options = options;
  }

  createAccessLog(path: string): AccessLogFile {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    try {
      const file = new BatchedLogFile(path, this.#dispatcher, this.#stats, this.#options);
      this.#files.set(path, file);
      return file;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ConfigError(`unable to open file '${path}': ${reason}`);
    }
  }

  reopen(): void {
    for (const file of this.#files.values()) file.reopen();
  }

  flush(): void {
    for (const file of this.#files.values()) file.flush();
  }

  [Symbol.dispose](): void {
    for (const file of this.#files.values()) file[Symbol.dispose]();
    this.#files.clear();
  }
}
