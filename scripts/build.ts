/**
 * Makes `dist/`, the JavaScript that is published: the clone's own layout (`dist/src`, `dist/sdk`, `dist/api/generated`,
 * `dist/ui`), so that every relative path of an entry point means the same in both. Run by `npm run build`; with a folder as
 * its argument it makes a package there that can be started (`bin/nuncio`), and leaves the clone's own alone.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { shipCode } from './code.ts';
import { fixSpecifiers, leftovers } from './emitted.ts';
import { exportedNames, joinModules, moduleAsCommonJs } from './join-modules.ts';

const root = join(import.meta.dirname, '..');
const target = process.argv[2] ?? root;
const dist = join(target, 'dist');

function compile(): void {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', dist], { cwd: root, stdio: 'inherit' });
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

/** What is imported from outside. */
const libraries = ['sdk/index', 'sdk/testing/index', 'src/exe/simulation/index'];
/** What a thread starts with. */
const programs = ['src/exe/cli', 'src/exe/worker-process', 'src/exe/guard-dog-process'];

/**
 * Joins hundreds of modules, ours and those of dependencies, into one script, since to find and load each by itself takes
 * half of a start, and since a script's compiled code can be shipped (./code.ts). Entry points run their own part of it;
 * what they share stays shared: a plugin's sdk is the proxy's.
 */
async function bundle(): Promise<void> {
  const exported = new Map(libraries.map((library) => [library, exportedNames(join(dist, `${library}.js`))]));
  const script = await joinModules([...libraries, ...programs], dist);
  const loader = moduleAsCommonJs(join(dist, 'src/exe/load-bundle.js'));
  for (const path of globSync('**/*.js', { cwd: dist })) rmSync(join(dist, path));

  const exe = join(dist, 'src/exe');
  const name = `bundle-${createHash('sha256').update(script).digest('hex').slice(0, 8)}.cjs`;
  writeFileSync(join(exe, name), script);
  writeFileSync(join(exe, 'load-bundle.cjs'), loader);
  const files = `{ folder: __dirname, name: '${name}', require }`;
  writeFileSync(join(exe, 'bundle.cjs'), `module.exports = require('./load-bundle.cjs').loadBundle(${files});\n`);
  for (const program of programs) writeFileSync(join(dist, `${program}.cjs`), programText(program));
  for (const [library, names] of exported) writeFileSync(join(dist, `${library}.js`), libraryText(library, names));
}

function programText(program: string): string {
  const keep = program.includes('guard-dog') ? '' : 'bundle.keepCode();\n';
  return `const bundle = require('./bundle.cjs');\n${keep}bundle.entryPoints['${program}']();\n`;
}

function libraryText(library: string, names: readonly string[]): string {
  const path = relative(dirname(join(dist, library)), join(dist, 'src/exe/bundle.cjs'));
  const from = `import bundle from '${path.startsWith('.') ? path : `./${path}`}';\n`;
  if (names.length === 0) return from;
  return `${from}export const { ${names.join(', ')} } = bundle.entryPoints['${library}']();\n`;
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

/** What a package needs beside `dist/` to be started. */
function copyLauncher(): void {
  for (const path of ['bin', 'package.json']) cpSync(join(root, path), join(target, path), { recursive: true });
}

rmSync(dist, { recursive: true, force: true });
compile();
fixEmitted();
await bundle();
finishTypes();
copyData();
if (target !== root) copyLauncher();
await shipCode(join(dist, 'src/exe'));
