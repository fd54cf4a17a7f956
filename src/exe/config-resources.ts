import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
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
  hostname: hostname(),
};
