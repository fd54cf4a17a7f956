import { openSync, writeSync } from 'node:fs';
import type { LogSink } from '../common/logging/logger.ts';

const stderr = 2;

/** The application log: a file, or standard error. Each entry is one write, so that threads do not mix their lines. */
export function openLogSink(path: string): LogSink {
  const fd = path === '' ? stderr : openSync(path, 'a');
  return (line) => {
    try {
      writeSync(fd, line);
    } catch {
      // A log that cannot be written (a closed pipe, a full disk) must not end the proxy.
    }
  };
}
