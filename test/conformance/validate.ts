/** Two ways to have a configuration judged: a proxy's `--mode validate`, and our own loader in this process, much faster. */
import { ConfigError } from '../../sdk/config.ts';
import { loadConfig } from '../../src/exe/load-config.ts';
import { loadExtensions } from '../../src/exe/load-extensions.ts';
import { parseOptions } from '../../src/exe/options.ts';
import { loadTypes } from '../../src/exe/types.ts';
import { runToEnd } from '../harness/proxy-process.ts';

export interface Validation {
  /** The exit code that the proxy has or would have. */
  readonly code: number;
  readonly output: string;
}

export type Validate = (configPath: string) => Promise<Validation>;

const flags = (configPath: string) => ['--mode', 'validate', '-c', configPath];

export function validateByCommand(command: string): Validate {
  return (configPath) => runToEnd(command, flags(configPath));
}

/** Loads types and extensions once, then judges as `nuncio --mode validate` does. */
export async function validateInProcess(): Promise<Validate> {
  const types = loadTypes();
  const extensions = await loadExtensions([], []);
  return async (configPath) => {
    const options = parseOptions(flags(configPath));
    if ('notice' in options) throw new Error('no validation asked for');
    try {
      loadConfig(options, types, extensions, () => 'unnamed');
      return { code: 0, output: '' };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return { code: 1, output: error.message };
    }
  };
}
