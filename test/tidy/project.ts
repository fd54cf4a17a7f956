import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { collectFacts, type SourceFacts } from './facts.ts';

/** A tree of files as the checks see it: the real one, or a sample made up by a test. */
export interface Project {
  /** Every file's path from the root, `/` between, sorted. */
  readonly files: readonly string[];
  readonly sources: readonly SourceFacts[];
  read(path: string): string;
}

/** One thing wrong; `rule` and `what` are what an exception names. */
export interface Problem {
  readonly rule: string;
  readonly path: string;
  readonly what: string;
  readonly line?: number;
  readonly message: string;
}

const FOLDERS = ['.ci', 'api', 'bench', 'bin', 'configs', 'docs', 'scripts', 'sdk', 'src', 'test', 'ui'];
const SKIPPED = ['node_modules', 'dist', 'generated', 'recorded', '.cache'];

/** The tree under `root`, without what is generated, recorded or installed. */
export function loadProject(root: string): Project {
  const files: string[] = [];
  for (const entry of readdirSync(root, { withFileTypes: true })) {
    if (entry.isFile()) files.push(entry.name);
    else if (FOLDERS.includes(entry.name)) list(root, entry.name, files);
  }
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  return makeProject(new Map(files.map((path) => [path, isText(path) ? read(path) : ''])));
}

/** A project of `contents`: path -> text. */
export function makeProject(contents: ReadonlyMap<string, string>): Project {
  const files = [...contents.keys()].sort();
  const sources = collectFacts(new Map([...contents].filter(([path]) => path.endsWith('.ts'))));
  return { files, sources, read: (path) => contents.get(path) ?? '' };
}

export function isTest(path: string): boolean {
  return /\.(test|bench|fuzz)\.ts$/.test(path) || /^(test|bench|scripts|api)\//.test(path);
}

function isText(path: string): boolean {
  return /\.(ts|md|json|yaml|yml)$/.test(path);
}

function list(root: string, folder: string, into: string[]): void {
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isFile()) into.push(path);
    else if (entry.isDirectory() && !SKIPPED.includes(entry.name)) list(root, path, into);
  }
}
