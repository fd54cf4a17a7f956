/** The `nuncio` command. */

import { hotRestartVersion, serverVersion } from '../main/version.ts';
import { CommandLineError, usage } from './flags.ts';
import { type Notice, type Options, parseOptions } from './options.ts';
import { packageVersion } from './package-version.ts';
import { runProxy } from './run-proxy.ts';

const program = 'nuncio';

function printNotice({ notice }: Notice): void {
  const version = packageVersion();
  const texts = {
    version: `\n${program}  version: ${serverVersion(version)}\n\n`,
    help: usage(program),
    'hot-restart-version': `${hotRestartVersion}\n`,
    'hot-restart-disabled': 'disabled\n',
  };
  // As Envoy does, for scripts that read it.
  const out = notice === 'version' || notice === 'help' ? process.stdout : process.stderr;
  out.write(texts[notice]);
}

/** The arguments' options; undefined when there was nothing but a notice to print, or a fault, which sets the exit code. */
function readOptions(args: readonly string[]): Options | undefined {
  try {
    const options = parseOptions(args);
    if (!('notice' in options)) return options;
    printNotice(options);
  } catch (error) {
    if (!(error instanceof CommandLineError)) throw error;
    const hint = error.showUsage
      ? `\n\nBrief USAGE: \n   ${program}  -c <file> [flags]\n\nFor complete USAGE and HELP type: \n   ${program} --help\n`
      : '';
    process.stderr.write(`${error.message}${hint}\n`);
    process.exitCode = 1;
  }
  return undefined;
}

async function run(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (options !== undefined) process.exitCode = await runProxy(options);
}

void run();
