import type { AccessLogFile } from '../../../sdk/extension.ts';
import type { WorkerAccessLogs } from '../../worker/access-log/access-log-manager.ts';

/** Access logs of a simulation: kept by path, each line as it is written. */
export class LogBook implements WorkerAccessLogs {
  readonly #texts = new Map<string, string>();

  createAccessLog(path: string): AccessLogFile {
    return {
      write: (text) => void this.#texts.set(path, this.text(path) + text),
      reopen() {},
      flush() {},
    };
  }

  text(path: string): string {
    return this.#texts.get(path) ?? '';
  }

  reopen(): void {}

  flush(): void {}

  [Symbol.dispose](): void {}
}
