import { closeSync, openSync, writeSync } from 'node:fs';
import type { LogSink } from '../common/logging/logger.ts';

const stderr = 2;

/** The application log: a file, or standard error. Each entry is one write, so that threads do not mix their lines. */
export function openLogSink(path: string): LogSink {
  let fd = path === '' ? stderr : openSync(path, 'a');
  const write = (line: string): void => {
    try {
      writeSync(fd, line);
    } catch {
      // A log that cannot be written (a closed pipe, a full disk) must not end the proxy.
    }
  };
  const reopen = (): void => {
    if (path === '') return;
    try {
      const next = openSync(path, 'a');
      closeSync(fd);
      fd = next;
    } catch {
      // The old file goes on.
    }
  };
  return Object.assign(write, { reopen });
}
