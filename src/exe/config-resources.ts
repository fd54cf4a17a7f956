import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { getSystemErrorMessage } from 'node:util';
import type { ConfigResources } from '../../sdk/config.ts';

/** Files and environment of this process. */
export const processResources: ConfigResources = {
  readFile(path) {
    try {
      return readFileSync(path);
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error) };
    }
  },
  environmentVariable: (name) => process.env[name],
  directoryExists: (path) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true,
  checkLogFile(path) {
    try {
      closeSync(openSync(path, 'a', 0o666));
      return undefined;
    } catch (error) {
      return systemReason(error);
    }
  },
  hostname: hostname(),
};

/** Text of strerror, such as `No such file or directory`. */
function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { errno } = error as NodeJS.ErrnoException;
  const text = errno === undefined ? error.message : getSystemErrorMessage(errno);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
