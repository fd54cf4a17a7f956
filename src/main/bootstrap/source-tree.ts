/** A file as a tree of values with their places, for finding where a path of the configuration stands. */
import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import type { Node, Pair } from 'yaml';

/** A value in the file, and the offset of what a reader looks for: its key, or the item itself. */
export interface SourceNode {
  readonly offset: number;
  /** Undefined unless it is a list. */
  items(): readonly SourceNode[] | undefined;
  /** Of a mapping, the last one with this name, in either spelling. */
  member(name: string): SourceNode | undefined;
}

export interface SourceTree {
  readonly root: SourceNode | undefined;
  /** Both count from 1. */
  position(offset: number): { readonly line: number; readonly column: number };
}

/** JSON by a reader that looks into nothing but what is asked for: a large file is not a large tree. */
export function readTree(text: string): SourceTree {
  return isJson(text) ? new JsonTree(text) : readYaml(text);
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

class JsonTree implements SourceTree {
  readonly root: SourceNode;
  readonly #text: string;
  #lineStarts: readonly number[] | undefined = undefined;

  constructor(text: string) {
    this.#text = text;
    const start = skipSpace(text, 0);
    this.root = new JsonNode(text, start, start);
  }

  position(offset: number): { line: number; column: number } {
    this.#lineStarts ??= lineStarts(this.#text);
    let line = 0;
    let end = this.#lineStarts.length;
    while (line + 1 < end) {
      const middle = (line + end) >>> 1;
      if ((this.#lineStarts[middle] as number) <= offset) line = middle;
      else end = middle;
    }
    return { line: line + 1, column: offset - (this.#lineStarts[line] as number) + 1 };
  }
}

function lineStarts(text: string): number[] {
  const found = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) found.push(at + 1);
  return found;
}

/** A value of good JSON; what it consists of is found when it is asked for, and kept. */
class JsonNode implements SourceNode {
  readonly offset: number;
  readonly #text: string;
  readonly #start: number;
  #items: readonly JsonNode[] | undefined = undefined;
  #members: ReadonlyMap<string, JsonNode> | undefined = undefined;

  constructor(text: string, start: number, offset: number) {
    this.#text = text;
    this.#start = start;
    this.offset = offset;
  }

  items(): readonly SourceNode[] | undefined {
    if (this.#text[this.#start] !== '[') return undefined;
    this.#items ??= [...starts(this.#text, this.#start)].map((start) => new JsonNode(this.#text, start, start));
    return this.#items;
  }

  member(name: string): SourceNode | undefined {
    if (this.#text[this.#start] !== '{') return undefined;
    this.#members ??= this.#findMembers();
    return this.#members.get(comparable(name));
  }

  #findMembers(): ReadonlyMap<string, JsonNode> {
    const members = new Map<string, JsonNode>();
    for (const start of starts(this.#text, this.#start)) {
      const keyEnd = stringEnd(this.#text, start);
      const value = skipSpace(this.#text, skipSpace(this.#text, keyEnd) + 1);
      const key: string = JSON.parse(this.#text.slice(start, keyEnd));
      members.set(comparable(key), new JsonNode(this.#text, value, start));
    }
    return members;
  }
}

/** Where the members of an object, or the items of a list, begin that begins at `open`. */
function* starts(text: string, open: number): Iterable<number> {
  let depth = 0;
  let expects = true;
  for (let at = open + 1; ; at++) {
    const character = text[at];
    if (depth === 0 && expects && !isSpace(character) && character !== ']' && character !== '}') {
      yield at;
      expects = false;
    }
    if (character === '"') at = stringEnd(text, at) - 1;
    else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') {
      if (depth === 0) return;
      depth--;
    } else if (character === ',' && depth === 0) expects = true;
  }
}

/** Behind the closing quote. */
function stringEnd(text: string, open: number): number {
  let end = text.indexOf('"', open + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text[first - 1] === '\\') first--;
  return (at - first) % 2 === 1;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text[at])) at++;
  return at;
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\n' || character === '\r' || character === '\t';
}

/** Both spellings of a field's name are the same. */
function comparable(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

function readYaml(text: string): SourceTree {
  // Loaded when it is needed: a good configuration never needs it.
  const yaml: typeof Yaml = createRequire(import.meta.url)('yaml');
  const lineCounter = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter, uniqueKeys: false, merge: false, logLevel: 'silent' });
  const { contents } = document;
  const resolve = (node: Node): Node | undefined => (yaml.isAlias(node) ? node.resolve(document) : node);
  return {
    root: contents === null ? undefined : new YamlNode(yaml, resolve, contents, contents.range?.[0] ?? 0),
    position(offset) {
      const { line, col } = lineCounter.linePos(offset);
      return { line, column: col };
    },
  };
}

class YamlNode implements SourceNode {
  readonly offset: number;
  readonly #yaml: typeof Yaml;
  readonly #resolve: (node: Node) => Node | undefined;
  readonly #node: Node;

  constructor(yaml: typeof Yaml, resolve: (node: Node) => Node | undefined, node: Node, offset: number) {
    this.#yaml = yaml;
    this.#resolve = resolve;
    this.#node = node;
    this.offset = offset;
  }

  items(): readonly SourceNode[] | undefined {
    const node = this.#resolve(this.#node);
    if (!this.#yaml.isSeq(node)) return undefined;
    return (node.items as Node[]).map((item) => this.#at(item, item.range?.[0]));
  }

  member(name: string): SourceNode | undefined {
    const pair = this.#pairOf(name);
    if (pair === undefined) return undefined;
    const key = pair.key as Node;
    return this.#at((pair.value as Node | null) ?? key, key.range?.[0]);
  }

  #at(node: Node, offset: number | undefined): YamlNode {
    return new YamlNode(this.#yaml, this.#resolve, node, offset ?? this.offset);
  }

  #pairOf(name: string): Pair | undefined {
    const node = this.#resolve(this.#node);
    if (!this.#yaml.isMap(node)) return undefined;
    const wanted = comparable(name);
    return node.items.findLast((pair) => this.#yaml.isScalar(pair.key) && comparable(keyText(pair.key)) === wanted);
  }
}

function keyText(key: { source?: string; value: unknown }): string {
  return key.source ?? String(key.value);
}
