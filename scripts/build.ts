/**
 * Makes `dist/`, the JavaScript that is published: the clone's own layout (`dist/src`, `dist/sdk`, `dist/api/generated`,
 * `dist/ui`), so that every relative path of an entry point means the same in both. Run by `npm run build`.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { buildSync } from 'esbuild';
import { fixSpecifiers, leftovers } from './emitted.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

function compile(): void {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: root, stdio: 'inherit' });
}

/** What the compiler leaves as it was written: specifiers of the sdk, and URLs of files that a worker starts from. */
function fixEmitted(): void {
  for (const path of globSync('**/*.js', { cwd: dist })) {
    const file = join(dist, path);
    const toSdk = relative(dirname(file), join(dist, 'sdk'));
    const code = fixSpecifiers(readFileSync(file, 'utf8'), toSdk);
    const left = leftovers(code);
    if (left.length > 0) throw new Error(`${path} would not run from dist/: ${left.join(', ')}`);
    writeFileSync(file, code);
  }
}

/** What of src/ others import, and whose types are made of the sdk's alone. */
const publicTypes = join('src', 'exe', 'simulation', 'index.d.ts');

/** What is started or imported from outside; all else becomes parts of these. */
const entryPoints = [
  'src/exe/cli.js',
  'src/exe/worker-process.js',
  'src/exe/guard-dog-process.js',
  'sdk/index.js',
  'sdk/testing/index.js',
];

/**
 * Joins hundreds of modules, ours and those of dependencies, into a few: to find and load each by itself takes half of
 * a start. What entry points share stays shared (a plugin's sdk is the proxy's), in files beside `cli.js`, whose place
 * URLs relative to `src/exe` count on.
 */
function bundle(): void {
  const { outputFiles } = buildSync({
    entryPoints: entryPoints.map((path) => join(dist, path)),
    outbase: dist,
    outdir: dist,
    bundle: true,
    splitting: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    chunkNames: 'src/exe/[name]-[hash]',
    logLevel: 'warning',
  });
  for (const path of globSync('**/*.js', { cwd: dist })) rmSync(join(dist, path));
  for (const { path, contents } of outputFiles) writeFileSync(path, contents);
}

/** Types are published for the sdk and `publicTypes`; nothing else is anyone's to import. They bring the library they need. */
function finishTypes(): void {
  for (const path of globSync('src/**/*.d.ts', { cwd: dist })) if (path !== publicTypes) rmSync(join(dist, path));
  const index = join(dist, 'sdk', 'index.d.ts');
  writeFileSync(index, `/// <reference lib="esnext.disposable" />\n${readFileSync(index, 'utf8')}`);
}

function copyData(): void {
  const descriptors = 'api/generated/descriptors.bin';
  if (!existsSync(join(root, descriptors))) throw new Error(`${descriptors} is missing: npm run api:build`);
  cpSync(join(root, descriptors), join(dist, descriptors));
  for (const path of globSync('{src,ui}/**/*.{html,css,svg,js,json}', { cwd: root })) {
    cpSync(join(root, path), join(dist, path));
  }
}

rmSync(dist, { recursive: true, force: true });
compile();
fixEmitted();
bundle();
finishTypes();
copyData();
