/** Every check is shown to find a bad sample and to let its good twin pass, so that none of them is vacuous. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BANS, checkBans } from './bans.ts';
import { checkFileLengths, checkFolderDepth, checkFunctionLengths, quantile } from './budgets.ts';
import { checkExceptions, withoutExceptions } from './exceptions.ts';
import { checkCycles, checkImportTargets, checkOrphans } from './graph.ts';
import { checkImportTable } from './layers.ts';
import { checkDocs, checkExtensions, checkNames, checkTestPlaces } from './layout.ts';
import { makeProject, type Problem, type Project } from './project.ts';

type Files = Record<string, string>;

function problemsOf(check: (project: Project) => Problem[], files: Files): Problem[] {
  return check(makeProject(new Map(Object.entries(files))));
}

function whats(check: (project: Project) => Problem[], files: Files): string[] {
  return problemsOf(check, files).map(({ what }) => what);
}

function lines(count: number): string {
  return 'export {};\n'.repeat(count);
}

function functionOf(count: number, name = 'long'): string {
  return `export function ${name}() {\n${'  void 0;\n'.repeat(count - 2)}}\n`;
}

describe('lengths', () => {
  test('a file of 601 lines is too long, one of 600 is not', () => {
    const files = { 'src/common/a.ts': lines(601), 'src/common/b.ts': lines(600) };
    const max = problemsOf(checkFileLengths, files).filter(({ what }) => what === 'max');
    assert.deepEqual(
      max.map(({ path }) => path),
      ['src/common/a.ts'],
    );
  });

  test('median and p90 are over all files', () => {
    assert.deepEqual(whats(checkFileLengths, { 'src/common/a.ts': lines(351) }), ['median', 'p90']);
    assert.deepEqual(whats(checkFileLengths, { 'src/common/a.ts': lines(150) }), []);
    assert.equal(quantile([5, 1, 2, 4, 3, 6, 7, 8, 9, 10], 0.9), 9);
  });

  test('a function of 71 lines is too long, be it a method, an arrow or a test', () => {
    const method = `export class A {\n${functionOf(71).replace('export function ', '')}}\n`;
    const arrow = functionOf(71).replace('export function long() {', 'export const long = () => {');
    const body = `test('x', ${functionOf(71).replace('export function long() {', '() => {').trimEnd()});\n`;
    assert.deepEqual(whats(checkFunctionLengths, { 'bench/a.ts': method }), ['long']);
    assert.deepEqual(whats(checkFunctionLengths, { 'bench/a.ts': arrow }), ['long']);
    assert.deepEqual(whats(checkFunctionLengths, { 'bench/a.ts': body }), ['a callback']);
    assert.deepEqual(whats(checkFunctionLengths, { 'bench/a.ts': functionOf(70) }), []);
  });

  test('a suite only groups its tests', () => {
    const suite = `describe('x', ${functionOf(90).replace('export function long() {', '() => {').trimEnd()});\n`;
    assert.deepEqual(whats(checkFunctionLengths, { 'bench/a.ts': suite }), []);
  });

  test('the median function of the product has at most 12 lines', () => {
    assert.deepEqual(whats(checkFunctionLengths, { 'src/common/a.ts': functionOf(13) }), ['median']);
    assert.deepEqual(whats(checkFunctionLengths, { 'src/common/a.ts': functionOf(12) }), []);
  });

  test('a sixth folder is too deep', () => {
    assert.deepEqual(whats(checkFolderDepth, { 'src/a/b/c/d/e/f.ts': '', 'src/a/b/c/d/f.ts': '' }), ['depth']);
  });
});

describe('the import table', () => {
  const manifest = JSON.stringify({ dependencies: { yaml: '2.9.1', '@bufbuild/protobuf': '2.17.0' } });
  const refused = (path: string, specifier: string, keyword = 'import') =>
    whats(checkImportTable, { 'package.json': manifest, [path]: `${keyword} '${specifier}';\n` }).length > 0;

  const CASES: readonly (readonly [path: string, specifier: string, refused: boolean])[] = [
    ['sdk/a.ts', './b.ts', false],
    ['sdk/a.ts', '../src/common/b.ts', true],
    ['sdk/a.ts', 'node:buffer', true],
    ['sdk/a.ts', 'yaml', true],
    ['sdk/testing/a.ts', '../index.ts', false],
    ['sdk/testing/a.ts', 'node:assert/strict', false],
    ['sdk/testing/a.ts', 'node:fs', true],
    ['sdk/testing/a.ts', '../../src/event/b.ts', true],
    ['src/common/a.ts', '../codec/b.ts', true],
    ['src/common/a.ts', 'node:buffer', false],
    ['src/common/a.ts', 'node:fs', true],
    ['src/common/a.ts', 'left-pad', true],
    ['src/codec/http1/a.ts', '../../common/b.ts', false],
    ['src/codec/http1/a.ts', '../../event/b.ts', true],
    ['src/codec/http1/a.ts', 'node:buffer', true],
    ['src/native/a.ts', '../common/b.ts', true],
    ['src/native/a.ts', './openssl/b.ts', true],
    ['src/native/openssl/a.ts', '../b.ts', false],
    ['src/network/tls/a.ts', '../../native/openssl/b.ts', false],
    ['src/network/tls/a.ts', '../../event/b.ts', true],
    ['src/network/tls/a.ts', 'node:fs', true],
    ['src/network/a.ts', '../native/openssl/b.ts', true],
    ['src/network/a.ts', './tls/b.ts', true],
    ['src/worker/a.ts', '../native/openssl/b.ts', true],
    ['src/worker/a.ts', '../network/tls/b.ts', true],
    ['src/extensions/transport_sockets/tls/a.ts', '../../../native/openssl/b.ts', true],
    ['src/event/a.ts', '../network/b.ts', true],
    ['src/network/a.ts', '../codec/b.ts', true],
    ['src/network/a.ts', '../event/b.ts', false],
    ['src/snapshot/a.ts', '../event/b.ts', true],
    ['src/thread-local/a.ts', '../main/b.ts', true],
    ['src/worker/a.ts', '../codec/b.ts', false],
    ['src/worker/a.ts', '../main/b.ts', true],
    ['src/worker/a.ts', '../extensions/registry.ts', false],
    ['src/worker/a.ts', '../extensions/builtin.ts', true],
    ['src/worker/a.ts', '../extensions/filters/http/fault/index.ts', true],
    ['src/main/a.ts', '../worker/b.ts', true],
    ['src/main/a.ts', '../exe/b.ts', true],
    ['src/main/a.ts', '../network/b.ts', false],
    ['src/extensions/filters/http/fault/a.ts', '../cors/b.ts', true],
    ['src/extensions/filters/http/fault/a.ts', './b.ts', false],
    ['src/extensions/filters/http/fault/a.ts', '../../common/b.ts', false],
    ['src/extensions/filters/http/fault/a.ts', '@nuncio/sdk', false],
    ['src/extensions/filters/http/fault/a.ts', '../../../../network/b.ts', true],
    ['src/extensions/filters/http/router/a.ts', '../../../../worker/b.ts', true],
    ['src/extensions/clusters/static/a.ts', '../eds/b.ts', true],
    ['src/extensions/builtin.ts', './clusters/eds/index.ts', false],
    ['src/exe/cli.ts', '../worker/b.ts', false],
    ['src/exe/cli.ts', '../../test/b.ts', true],
    ['test/a.ts', '../src/exe/cli.ts', false],
    ['src/codec/a.test.ts', '../event/b.ts', false],
    ['src/codec/a.test.ts', 'node:test', false],
    ['src/codec/a.test.ts', '../worker/b.ts', true],
  ];
  for (const [path, specifier, expected] of CASES) {
    test(`${path} ${expected ? 'may not' : 'may'} import ${specifier}`, () => {
      assert.equal(refused(path, specifier), expected);
    });
  }

  test('type imports, dynamic imports and re-exports count as well', () => {
    for (const code of [
      "import type { A } from 'X';",
      "export * from 'X';",
      "await import('X');",
      "type A = import('X').A;",
    ]) {
      const files = { 'src/main/a.ts': code.replace('X', '../worker/b.ts') };
      assert.deepEqual(whats(checkImportTable, files), ['src/worker/b.ts'], code);
    }
  });

  test('API types and the types of packages are for import type only', () => {
    const api = '../api/generated/a_pb.ts';
    assert.equal(refused('sdk/a.ts', api, 'import type { A } from'), false);
    assert.equal(refused('sdk/a.ts', api, 'import { A } from'), true);
    assert.equal(refused('sdk/a.ts', '@bufbuild/protobuf', 'import type { A } from'), false);
    assert.equal(refused('sdk/a.ts', '@bufbuild/protobuf', 'import { A } from'), true);
  });

  test("a package that builds descriptors when it is loaded is for the types' sake alone", () => {
    const { wkt, file } = { wkt: '@bufbuild/protobuf/wkt', file: 'src/common/a.ts' };
    assert.equal(refused(file, wkt, 'import type { A } from'), false);
    assert.equal(refused(file, wkt, 'import { A } from'), true);
    assert.equal(refused('src/exe/a.ts', wkt, 'import { A } from'), true);
  });
});

describe('the import graph', () => {
  test('a runtime cycle is found, a cycle of types is none', () => {
    const b = "import './a.ts';\n";
    assert.equal(whats(checkCycles, { 'src/common/a.ts': "import './b.ts';", 'src/common/b.ts': b }).length, 1);
    const a = "import type { B } from './b.ts';";
    assert.deepEqual(whats(checkCycles, { 'src/common/a.ts': a, 'src/common/b.ts': b }), []);
  });

  test('a file that only its own test imports is an orphan', () => {
    const files = {
      'src/exe/cli.ts': "import type { A } from '../main/a.ts';",
      'src/main/a.ts': '',
      'src/main/b.ts': '',
      'src/main/b.test.ts': "import './b.ts';",
    };
    assert.deepEqual(
      problemsOf(checkOrphans, files).map(({ path }) => path),
      ['src/main/b.ts'],
    );
  });

  test('an import of a missing file is found', () => {
    assert.deepEqual(whats(checkImportTargets, { 'src/main/a.ts': "import './b.ts';" }), ['src/main/b.ts']);
  });
});

describe('bans', () => {
  /** A sample that uses the banned name, and a path where the ban holds. */
  const SAMPLES: Readonly<Record<string, string>> = {
    any: 'export type A = any;',
    enum: 'enum A { B }',
    namespace: 'namespace A { export const b = 1; }',
    async: 'export async function a() {}',
    'console.*': "export const a = () => console.log('x');",
    'new Date()': 'export const a = () => new Date();',
    'top-level let': 'let a = 1;',
    'top-level mutable container': 'const a = new Map<string, number>();',
    'top-level statement': "register('a');",
    '{ only: true }': "test('a', { only: true }, () => {});",
    '{ skip: true }': "test('a', { skip: true }, () => {});",
    '{ todo: true }': "test('a', { todo: true }, () => {});",
  };

  function sampleOf(name: string): string {
    if (name.startsWith('node:')) return `import * as a from '${name}';`;
    if (name.startsWith('@ts-')) return `// ${name}\nexport {};`;
    return SAMPLES[name] ?? `export const a = () => ${name}(1);`;
  }

  for (const name of BANS.flatMap(({ names }) => names)) {
    test(`${name} is found`, () => {
      const found = whats(checkBans, { 'src/codec/a.ts': sampleOf(name), 'src/worker/http/b.ts': sampleOf(name) });
      assert.equal(new Set(found).size > 0, true, sampleOf(name));
      assert.ok(found.includes(name === 'console.*' ? 'console.log' : name), found.join());
    });
  }

  test('a ban holds only in its place', () => {
    const files = {
      'src/event/a.ts': 'export const a = () => setTimeout(() => Date.now(), 1);',
      'src/network/engine/node/a.ts': "import * as net from 'node:net';",
      'src/native/a.ts': "import * as ffi from 'node:ffi';",
      'bench/a.ts': "console.log('x');",
    };
    assert.deepEqual(whats(checkBans, files), []);
  });

  test('what only looks banned passes', () => {
    const code = [
      '// Date.now() and any enum',
      "export const text = 'Math.random()';",
      "export const isLinux = process.platform === 'linux';",
      'export const later = (loop: { setTimeout(ms: number): void }) => loop.setTimeout(5);',
      'export const at = (ms: number) => new Date(ms);',
      'const NAMES: readonly string[] = [];',
      "const KNOWN = new Map([['a', 1]]);",
      'export class Process { process = 1; promise = KNOWN; names = NAMES }',
    ];
    assert.deepEqual(whats(checkBans, { 'src/common/a.ts': code.join('\n') }), []);
  });

  test('globalThis is no way round', () => {
    assert.deepEqual(whats(checkBans, { 'src/common/a.ts': 'export const a = () => globalThis.setTimeout;' }), [
      'setTimeout',
    ]);
  });
});

describe('layout', () => {
  test('camelCase, PascalCase and snake_case are refused, an extension’s folder is not', () => {
    const files = {
      'src/common/fooBar.ts': '',
      'src/common/Foo.ts': '',
      'src/load_balancer/a.ts': '',
      'src/extensions/filters/http/header_mutation/foo-bar.test.ts': '',
    };
    assert.deepEqual(whats(checkNames, files).sort(), ['Foo', 'fooBar', 'load_balancer']);
  });

  test('an extension needs a test and a line in builtin.ts', () => {
    const folder = 'src/extensions/filters/http/fault';
    const bare = { [`${folder}/index.ts`]: '', 'src/extensions/registry.ts': '' };
    assert.deepEqual(whats(checkExtensions, bare), ['test', 'builtin']);
    const builtin = "import { fault } from './filters/http/fault/index.ts';";
    const whole = { ...bare, [`${folder}/filter.test.ts`]: '', 'src/extensions/builtin.ts': builtin };
    assert.deepEqual(whats(checkExtensions, whole), []);
  });

  test('a test in a folder without code is misplaced', () => {
    assert.deepEqual(whats(checkTestPlaces, { 'src/main/a/x.test.ts': '' }), ['folder']);
    assert.deepEqual(whats(checkTestPlaces, { 'src/main/a/x.test.ts': '', 'src/main/a/x.ts': '' }), []);
  });

  test('dead links, dead anchors and missing titles are found', () => {
    const page = '# A\n[b](b.md) [c](#no-such) [d](b.md#the-end-of-it) [e](https://example.com) [f](b.md#nothing)\n';
    const files = { 'docs/a.md': page, 'docs/b.md': '# B\n## The end of it\n', 'docs/c.md': 'text' };
    assert.deepEqual(whats(checkDocs, files), ['#no-such', 'b.md#nothing', 'title']);
    assert.deepEqual(whats(checkDocs, { 'docs/a.md': '# A\n[b](b.md)' }), ['b.md']);
  });
});

describe('exceptions', () => {
  const problem = { rule: 'ban', path: 'src/main/a.ts', what: 'process', message: '' };
  const exception = { rule: 'ban', path: 'src/main/a.ts', what: 'proc*', reason: 'it is so' };

  test('an exception lets its own problem pass and no other', () => {
    assert.deepEqual(withoutExceptions([problem], [exception]), []);
    assert.deepEqual(withoutExceptions([problem], [{ ...exception, rule: 'import' }]), [problem]);
    assert.deepEqual(withoutExceptions([problem], [{ ...exception, path: 'src/main/b.ts' }]), [problem]);
    assert.deepEqual(withoutExceptions([problem], [{ ...exception, path: 'src/main/' }]), []);
  });

  test('an exception without a reason, or without anything to except, is itself a problem', () => {
    assert.equal(checkExceptions([problem], [exception]).length, 0);
    assert.equal(checkExceptions([problem], [{ ...exception, reason: ' ' }]).length, 1);
    assert.equal(checkExceptions([], [exception]).length, 1);
  });
});
