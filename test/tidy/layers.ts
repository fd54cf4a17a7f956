import { posix } from 'node:path';
import { folderOf, type ImportFact } from './facts.ts';
import { isTest, type Problem, type Project } from './project.ts';

/** One row of the import table: what the code of a layer may import. */
interface Row {
  readonly layers: readonly string[];
  /** Modules of Node; `*` is all (bans.ts narrows it further). */
  readonly node: readonly string[];
  /** Npm packages: none, only their types, or any that package.json lists under `dependencies`. */
  readonly packages: 'none' | 'types' | 'any';
}

const PURE = ['sdk', 'common', 'codec'];
const BELOW_THREADS = [...PURE, 'native', 'event', 'network', 'snapshot', 'thread-local'];

/** ARCHITECTURE.md, "Who may import whom". `own` is the folder of the extension itself; `api` is for types only. */
const TABLE: Readonly<Record<string, Row>> = {
  sdk: { layers: ['sdk', 'api'], node: [], packages: 'types' },
  'sdk/testing': { layers: ['sdk', 'sdk/testing', 'api'], node: ['node:assert', 'node:test'], packages: 'types' },
  common: { layers: ['common', 'sdk', 'api'], node: ['node:buffer'], packages: 'any' },
  codec: { layers: ['codec', 'common', 'sdk'], node: [], packages: 'any' },
  native: { layers: ['native'], node: ['node:ffi'], packages: 'none' },
  event: { layers: ['event', 'sdk', 'native'], node: ['*'], packages: 'none' },
  /** OpenSSL's objects, keys and plaintext: `network/tls` alone sees them. */
  'native/openssl': { layers: ['native/openssl', 'native'], node: ['node:ffi'], packages: 'none' },
  network: { layers: ['network', 'event', 'native', 'common', 'sdk'], node: ['*'], packages: 'any' },
  'network/tls': { layers: ['network/tls', 'native/openssl', 'common', 'sdk'], node: [], packages: 'none' },
  snapshot: { layers: ['snapshot', 'api', 'sdk', 'common'], node: [], packages: 'types' },
  'thread-local': { layers: ['thread-local', 'snapshot', 'event', 'sdk'], node: ['*'], packages: 'none' },
  worker: { layers: ['worker', ...BELOW_THREADS, 'api', 'registry'], node: ['*'], packages: 'any' },
  main: { layers: ['main', ...BELOW_THREADS, 'api', 'registry'], node: ['*'], packages: 'any' },
  registry: { layers: ['registry', 'sdk', 'common', 'api'], node: [], packages: 'any' },
  builtin: { layers: ['builtin', 'registry', 'extension', 'sdk'], node: [], packages: 'none' },
  'filters/common': { layers: ['filters/common', ...PURE, 'api'], node: ['node:buffer'], packages: 'any' },
  extension: {
    layers: ['own', 'filters/common', ...PURE, 'api'],
    node: ['node:buffer', 'node:crypto', 'node:zlib'],
    packages: 'any',
  },
  /** Layers without a row (test/, bench/, scripts/) may import everything. */
  exe: { layers: ['*'], node: ['*'], packages: 'any' },
};

/** What a test beside its file may import besides: harnesses and virtual time, never a layer above its own. */
const TEST_LAYERS = ['sdk/testing', 'event', 'test', 'api'];

/** The layer a path belongs to; `other` for test/, bench/, scripts/, which may import everything. */
export function layerOf(path: string): string {
  if (path.startsWith('sdk/testing/')) return 'sdk/testing';
  if (/^src\/extensions\/(filters\/)?common\//.test(path)) return 'filters/common';
  const inner = /^src\/(native\/openssl|network\/tls)\//.exec(path)?.[1];
  if (inner !== undefined) return inner;
  if (path === 'src/extensions/builtin.ts') return 'builtin';
  if (/^src\/extensions\/[^/]+$/.test(path)) return 'registry';
  if (path.startsWith('src/extensions/')) return 'extension';
  if (/^(sdk|api|test)\//.test(path)) return path.slice(0, path.indexOf('/'));
  const top = /^src\/([^/]+)\//.exec(path)?.[1];
  return top !== undefined && top in TABLE ? top : 'other';
}

/** The folder of the extension that `path` belongs to: `src/extensions/filters/http/fault`. */
export function extensionFolder(path: string): string {
  const depth = path.startsWith('src/extensions/filters/') ? 5 : 4;
  return folderOf(path).split('/').slice(0, depth).join('/');
}

/** The file that `specifier` means when it is one of the project, else undefined. */
export function resolveImport(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(folderOf(from), specifier);
  const sdk = /^@nuncio\/sdk(?:\/(.+))?$/.exec(specifier);
  return sdk === null ? undefined : posix.join('sdk', sdk[1] ?? '', 'index.ts');
}

/** Every import against the table; type imports count too, for they couple as well. */
export function checkImportTable(project: Project): Problem[] {
  const dependencies = runtimeDependencies(project);
  return project.sources.flatMap(({ path, imports }) =>
    imports.flatMap((found) => {
      const message = refusal(path, found, dependencies);
      return message === undefined
        ? []
        : [{ rule: 'import', path, what: whatOf(path, found), line: found.line, message }];
    }),
  );
}

function runtimeDependencies(project: Project): ReadonlySet<string> {
  if (!project.files.includes('package.json')) return new Set();
  const { dependencies = {} } = JSON.parse(project.read('package.json')) as { dependencies?: Record<string, string> };
  return new Set(Object.keys(dependencies));
}

function whatOf(path: string, { specifier }: ImportFact): string {
  return resolveImport(path, specifier) ?? specifier;
}

function refusal(path: string, found: ImportFact, dependencies: ReadonlySet<string>): string | undefined {
  const layer = layerOf(path);
  const row = TABLE[layer];
  if (!isTest(path) && !found.typeOnly && found.specifier === SLOW_TO_LOAD) return slowToLoad;
  if (row === undefined || row.layers.includes('*')) return refuseForEveryone(path, found);
  const target = resolveImport(path, found.specifier);
  if (target !== undefined) return refuseLayer(path, { layer, row, target, found });
  if (isTest(path)) return undefined;
  if (found.specifier.startsWith('node:')) return refuseNode(layer, row, found.specifier);
  return refusePackage(layer, row, found, dependencies);
}

/** Builds its descriptors when it is loaded, on every thread. */
const SLOW_TO_LOAD = '@bufbuild/protobuf/wkt';
const slowToLoad = `${SLOW_TO_LOAD} makes every start slower: src has the well-known types of its own registry`;

/** The two rules that bind even those who may import everything. */
function refuseForEveryone(path: string, { specifier }: ImportFact): string | undefined {
  const target = resolveImport(path, specifier);
  const fromSource = path.startsWith('src/') && !isTest(path);
  if (fromSource && target !== undefined && /^(test|bench|scripts)\//.test(target))
    return `src may not import ${target}`;
  return undefined;
}

interface LayerStep {
  readonly layer: string;
  readonly row: Row;
  readonly target: string;
  readonly found: ImportFact;
}

function refuseLayer(path: string, { layer, row, target, found }: LayerStep): string | undefined {
  const targetLayer = layerOf(target);
  if (targetLayer === 'api' && row.layers.includes('api') && !found.typeOnly && !isTest(path)) {
    return `imports ${target} at run time: API types are for \`import type\` only (descriptors are loaded as data)`;
  }
  if (row.layers.includes(targetLayer)) return undefined;
  if (row.layers.includes('own') && extensionFolder(path) === extensionFolder(target)) return undefined;
  if (isTest(path) && TEST_LAYERS.includes(targetLayer)) return undefined;
  const allowed = row.layers.join(', ');
  return `${layer} may not import ${targetLayer} (${target}); it may import ${allowed}`;
}

function refuseNode(layer: string, row: Row, specifier: string): string | undefined {
  const allowed = row.node.some((name) => name === '*' || specifier === name || specifier.startsWith(`${name}/`));
  return allowed
    ? undefined
    : `${layer} may not import ${specifier}; it may import ${row.node.join(', ') || 'no node module'}`;
}

function refusePackage(
  layer: string,
  row: Row,
  { specifier, typeOnly }: ImportFact,
  dependencies: ReadonlySet<string>,
): string | undefined {
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  if (!dependencies.has(name)) return `${name} is not among the dependencies of package.json`;
  if (row.packages === 'any' || (row.packages === 'types' && typeOnly)) return undefined;
  return `${layer} may import ${row.packages === 'types' ? 'only the types of' : 'no'} npm packages (${specifier})`;
}
