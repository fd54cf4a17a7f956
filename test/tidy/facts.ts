import { dirname, join } from 'node:path';
import { type Node, NodeFlags, type SourceFile, SyntaxKind } from 'typescript/unstable/ast';
import * as is from 'typescript/unstable/ast/is';
import { createVirtualFileSystem } from 'typescript/unstable/fs';
import { API } from 'typescript/unstable/sync';

/** One `import`, `export … from`, `import()` or `import('…').Type`. */
export interface ImportFact {
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly line: number;
}

/** A function with a body. `isSuite`: a callback of `describe`, which only groups tests. */
export interface FunctionFact {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
  readonly isInline: boolean;
  readonly isSuite: boolean;
}

/** Something that a ban may name: `Date.now`, `any`, `top-level let`. */
export interface UseFact {
  readonly name: string;
  readonly line: number;
}

/** All that the checks know of one source file. */
export interface SourceFacts {
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly ImportFact[];
  readonly functions: readonly FunctionFact[];
  readonly uses: readonly UseFact[];
  /** Comments that speak to the compiler: `@ts-` and what follows. */
  readonly comments: readonly UseFact[];
}

const ROOT = '/tidy';

/** Parses `files` (path from the project's root -> text) with TypeScript's own parser; nothing is resolved or checked. */
export function collectFacts(files: ReadonlyMap<string, string>): SourceFacts[] {
  const paths = [...files.keys()];
  if (paths.length === 0) return [];
  const virtual: Record<string, string> = { [`${ROOT}/tsconfig.json`]: projectConfig(paths) };
  for (const [path, text] of files) virtual[join(ROOT, path)] = text;
  const api = new API({ cwd: ROOT, fs: createVirtualFileSystem(virtual) });
  try {
    const project = api.updateSnapshot({ openProjects: [`${ROOT}/tsconfig.json`] }).getProjects()[0];
    return paths.map((path) => {
      const source = project?.program.getSourceFile(join(ROOT, path));
      if (source === undefined) throw new Error(`${path} was not parsed`);
      return new FactCollector(path, source).collect();
    });
  } finally {
    api.close();
  }
}

function projectConfig(paths: readonly string[]): string {
  const compilerOptions = { noLib: true, noResolve: true, types: [], noEmit: true, allowImportingTsExtensions: true };
  return JSON.stringify({ compilerOptions, files: paths });
}

class FactCollector {
  readonly #path: string;
  readonly #source: SourceFile;
  readonly #imports: ImportFact[] = [];
  readonly #functions: FunctionFact[] = [];
  readonly #uses: UseFact[] = [];

  constructor(path: string, source: SourceFile) {
    this.#path = path;
    this.#source = source;
  }

  collect(): SourceFacts {
    for (const statement of this.#source.statements) this.#topLevel(statement);
    this.#source.forEachChild(this.#visit);
    const text = this.#source.text;
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    const comments = compilerComments(text);
    return { path: this.#path, lines, imports: this.#imports, functions: this.#functions, uses: this.#uses, comments };
  }

  readonly #visit = (node: Node): void => {
    this.#noteImport(node);
    this.#noteFunction(node);
    this.#noteUse(node);
    node.forEachChild(this.#visit);
  };

  #line(node: Node): number {
    return this.#source.getLineAndCharacterOfPosition(node.getStart(this.#source)).line + 1;
  }

  #use(name: string, node: Node): void {
    this.#uses.push({ name, line: this.#line(node) });
  }

  #topLevel(node: Node): void {
    if (is.isExpressionStatement(node)) this.#use('top-level statement', node);
    if (!is.isVariableStatement(node) || isAmbient(node)) return;
    if ((node.declarationList.flags & NodeFlags.Const) === 0) this.#use('top-level let', node);
    for (const declaration of node.declarationList.declarations) {
      if (isMutableContainer(declaration.initializer, declaration.type?.getText(this.#source))) {
        this.#use('top-level mutable container', declaration);
      }
    }
  }

  #noteImport(node: Node): void {
    const found = importOf(node);
    if (found === undefined || !is.isStringLiteral(found.specifier)) return;
    const { text } = found.specifier;
    this.#imports.push({ specifier: text, typeOnly: found.typeOnly, line: this.#line(node) });
  }

  #noteFunction(node: Node): void {
    const body = bodyOf(node);
    if (body === undefined) return;
    const line = this.#line(node);
    const lines = this.#source.getLineAndCharacterOfPosition(node.getEnd()).line + 2 - line;
    this.#functions.push({
      name: nameOf(node),
      line,
      lines,
      isInline: !is.isBlock(body),
      isSuite: isSuiteCallback(node),
    });
  }

  #noteUse(node: Node): void {
    const name = useOf(node);
    if (name !== undefined) this.#use(name, node);
  }
}

function compilerComments(text: string): UseFact[] {
  return text.split('\n').flatMap((content, index) => {
    const name = /^\s*(?:\/\/|\/?\*)\s*(@ts-[a-z-]+)/.exec(content)?.[1];
    return name === undefined ? [] : [{ name, line: index + 1 }];
  });
}

/** `declare const …` makes no code. */
function isAmbient(node: Node & { readonly modifiers?: Iterable<Node> }): boolean {
  return [...(node.modifiers ?? [])].some((modifier) => modifier.kind === SyntaxKind.DeclareKeyword);
}

function isMutableContainer(initializer: Node | undefined, type: string | undefined): boolean {
  if (initializer === undefined) return false;
  if (is.isNewExpression(initializer) && is.isIdentifier(initializer.expression)) {
    const filled = (initializer.arguments?.length ?? 0) > 0;
    return !filled && /^(Weak)?(Map|Set)$/.test(initializer.expression.text);
  }
  const empty = is.isArrayLiteralExpression(initializer) && initializer.elements.length === 0;
  return empty && !/^(readonly |Readonly)/.test(type ?? '');
}

function importOf(node: Node): { specifier: Node; typeOnly: boolean } | undefined {
  if (is.isImportDeclaration(node)) return { specifier: node.moduleSpecifier, typeOnly: isTypeOnlyImport(node) };
  if (is.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return { specifier: node.moduleSpecifier, typeOnly: node.isTypeOnly };
  }
  if (is.isImportTypeNode(node) && is.isLiteralTypeNode(node.argument)) {
    return { specifier: node.argument.literal, typeOnly: true };
  }
  const isDynamic = is.isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword;
  const argument = isDynamic ? node.arguments[0] : undefined;
  return argument === undefined ? undefined : { specifier: argument, typeOnly: false };
}

/** Whether nothing of the import is left at run time, as `verbatimModuleSyntax` erases it. */
function isTypeOnlyImport(node: Node): boolean {
  const clause = is.isImportDeclaration(node) ? node.importClause : undefined;
  return clause?.phaseModifier === SyntaxKind.TypeKeyword;
}

function bodyOf(node: Node): Node | undefined {
  const isFunction =
    is.isFunctionDeclaration(node) ||
    is.isFunctionExpression(node) ||
    is.isArrowFunction(node) ||
    is.isMethodDeclaration(node) ||
    is.isConstructorDeclaration(node) ||
    is.isGetAccessorDeclaration(node) ||
    is.isSetAccessorDeclaration(node);
  return isFunction ? node.body : undefined;
}

function nameOf(node: Node & { readonly name?: Node }): string {
  if (is.isConstructorDeclaration(node)) return 'constructor';
  const named = node.name ?? (node.parent as { readonly name?: Node } | undefined)?.name;
  return named?.getText() ?? 'a callback';
}

function isSuiteCallback(node: Node): boolean {
  const { parent } = node;
  if (!is.isCallExpression(parent) || parent.expression === node) return false;
  return /^(describe|suite)\b/.test(parent.expression.getText());
}

const TEST_VERBS: ReadonlySet<string> = new Set(['test', 'it', 'describe', 'suite']);

/** The globals that bans.ts may speak of; other names are not noted, for a tree has a million of them. */
const WATCHED =
  /^(process|setTimeout|setInterval|setImmediate|queueMicrotask|Promise|fetch|randomUUID|randomBytes|eval)$/;
/** What never changes while we run is no state. */
const CONSTANTS = /^process\.(platform|arch)$/;
const WATCHED_OWNERS = /^(Date|Math|performance|console|crypto)$/;

function useOf(node: Node): string | undefined {
  if (node.kind === SyntaxKind.AnyKeyword) return 'any';
  if (is.isEnumDeclaration(node)) return 'enum';
  if (is.isModuleDeclaration(node)) return 'namespace';
  if (is.isAwaitExpression(node) || node.kind === SyntaxKind.AsyncKeyword) return 'async';
  if (is.isPropertyAccessExpression(node)) return propertyUse(node);
  if (is.isIdentifier(node)) return WATCHED.test(node.text) && isReference(node) ? node.text : undefined;
  if (is.isPropertyAssignment(node)) {
    const bare = node.initializer.kind === SyntaxKind.TrueKeyword;
    return bare ? `{ ${node.name.getText()}: true }` : undefined;
  }
  if (is.isNewExpression(node) && node.expression.getText() === 'Date') {
    return (node.arguments?.length ?? 0) === 0 ? 'new Date()' : undefined;
  }
  return undefined;
}

function propertyUse(node: Node): string | undefined {
  if (!is.isPropertyAccessExpression(node) || !is.isIdentifier(node.expression)) return undefined;
  const owner = node.expression.text;
  if (owner === 'globalThis') return node.name.text;
  if (TEST_VERBS.has(owner)) return `test.${node.name.text}`;
  return WATCHED_OWNERS.test(owner) ? `${owner}.${node.name.text}` : undefined;
}

/** Whether an identifier names a variable (a global's name may be a property's or a method's name too). */
function isReference(node: Node): boolean {
  const { parent } = node;
  if (is.isImportSpecifier(parent)) return true;
  if (is.isPropertyAccessExpression(parent) && CONSTANTS.test(parent.getText())) return false;
  const slot = parent as { readonly name?: Node; readonly propertyName?: Node };
  return slot.name !== node && slot.propertyName !== node;
}

/** The folder of a path, '' for the root. */
export function folderOf(path: string): string {
  const folder = dirname(path);
  return folder === '.' ? '' : folder;
}
