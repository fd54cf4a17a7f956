/**
 * How the built program is loaded (`npm run build`): one script that holds every module, with the code that V8 made of it
 * in an earlier process. Compiling it anew takes several times as long as all else that a thread does to start.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { constants, Script } from 'node:vm';
import { isMainThread, threadId } from 'node:worker_threads';

export interface BundleFiles {
  /** The folder of the entry points, where the shipped code lies as well. */
  readonly folder: string;
  /** The script's name in it, which changes with its contents. */
  readonly name: string;
  /** Node's, for what the script requires. */
  readonly require: (specifier: string) => unknown;
}

/** Entry points by name; a call runs its module and answers what it exports. */
export type EntryPoints = Readonly<Record<string, () => Record<string, unknown>>>;

export interface Bundle {
  readonly entryPoints: EntryPoints;
  /** To be called by the thread's entry point: code that could not be used is made anew when the thread ends, and kept. */
  keepCode(): void;
}

/** A process that ended sooner has not run enough of it. */
const keptFromSeconds = 1;

/**
 * In the script what modules declare are variables of one function, thousands. Of a function with more than two V8 does not note which
 * never change: each use of a constant, a class or a function would be a load and a check in optimised code, where it could be
 * the value itself.
 */
const notedVariables = '--function-context-cells-max-size=1000000';

export function loadBundle({ folder, name, require }: BundleFiles): Bundle {
  if (isMainThread) setFlagsFromString(notedVariables);
  const filename = join(folder, name);
  // Main and workers run different parts of it.
  const codeName = `${name}.${isMainThread ? 'main' : 'worker'}.code`;
  const kept = keptFolder();
  const source = readFileSync(filename, 'latin1');
  const options = { filename, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER };
  let script: Script | undefined;
  for (const place of [folder, ...(kept === undefined ? [] : [kept])]) {
    const code = readIfThere(join(place, codeName));
    if (code !== undefined) script = new Script(source, { ...options, cachedData: code });
    if (script?.cachedDataRejected === false) break;
  }
  const compiled = script ?? new Script(source, options);

  const module: { exports: EntryPoints } = { exports: {} };
  const run: (...scope: readonly unknown[]) => void = compiled.runInThisContext();
  run(module, require, pathToFileURL(filename).href);
  return {
    entryPoints: module.exports,
    keepCode() {
      if (compiled.cachedDataRejected === false || kept === undefined) return;
      process.once('exit', () => {
        if (process.uptime() >= keptFromSeconds) keep(kept, codeName, compiled.createCachedData());
      });
    },
  };
}

/** Where Node keeps compiled code too (bin/nuncio chooses it); undefined when nothing is to be kept. */
function keptFolder(): string | undefined {
  const { NODE_COMPILE_CACHE: folder, NODE_DISABLE_COMPILE_CACHE: disabled } = process.env;
  return folder === undefined || folder === '' || disabled === '1' ? undefined : folder;
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

/** Whole or not at all: others may read it meanwhile. A folder that cannot be written costs the next start time, no more. */
function keep(folder: string, name: string, code: Buffer): void {
  const unfinished = join(folder, `${name}.${process.pid}.${threadId}`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(unfinished, code, { mode: 0o600 });
    renameSync(unfinished, join(folder, name));
  } catch {
    // As said above.
  }
}
