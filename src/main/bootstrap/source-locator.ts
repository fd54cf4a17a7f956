/**
 * Where a path of the configuration stands in its file. Made only when there is an error to place: reading with positions
 * costs several times what reading alone does.
 */
import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import type { Node, Pair } from 'yaml';
import type { SourceLocator, SourcePosition } from '../../../sdk/config.ts';

export interface SourceText {
  readonly file: string;
  readonly text: string;
}

/** A step of a path: a field or a map's key, or the index in a list. */
type Step = string | number;

/** The readers of one file: its tree and what turns offsets into lines. */
interface ParsedText {
  readonly yaml: typeof Yaml;
  readonly root: Node | null;
  resolve(node: Node): Node | undefined;
  position(offset: number): SourcePosition;
}

interface Found {
  readonly text: ParsedText;
  readonly node: Node;
  /** Offset of what a reader looks for: the key, or the item. */
  readonly offset: number;
}

/**
 * A locator over documents that were merged in this order: of a list, the later document's items follow the earlier
 * one's; of everything else, the later document wins. A path that is absent is placed at its nearest ancestor.
 */
export function createLocator(sources: readonly SourceText[]): SourceLocator {
  const parsed: ParsedText[] = [];
  return (path) => {
    if (parsed.length === 0) parsed.push(...sources.map(parseText));
    return locate(parsed, splitPath(path));
  };
}

function locate(texts: readonly ParsedText[], steps: readonly Step[]): SourcePosition | undefined {
  let found: Found[] = [];
  for (const text of texts) {
    if (text.root !== null) found.push({ text, node: text.root, offset: text.root.range?.[0] ?? 0 });
  }
  for (const step of steps) {
    const next = typeof step === 'number' ? itemOf(found, step) : found.flatMap((from) => memberOf(from, step));
    if (next.length === 0) break;
    found = next;
  }
  const last = found.at(-1);
  return last?.text.position(last.offset);
}

/** The item with this index of the lists joined; one object may stand for a list of one. */
function itemOf(found: readonly Found[], index: number): Found[] {
  let rest = index;
  for (const from of found) {
    const node = from.text.resolve(from.node);
    const items = from.text.yaml.isSeq(node) ? (node.items as Node[]) : [from.node];
    if (rest < items.length) {
      const item = items[rest];
      const offset = from.text.yaml.isSeq(node) ? (item?.range?.[0] ?? from.offset) : from.offset;
      return item === undefined ? [] : [{ text: from.text, node: item, offset }];
    }
    rest -= items.length;
  }
  return [];
}

function memberOf(from: Found, name: string): Found[] {
  const node = from.text.resolve(from.node);
  // What a TypedStruct packs stands under its `value`, though paths name the packed message's fields directly.
  const pair = pairOf(from.text, node, name) ?? pairOf(from.text, valueOfKey(from.text, node, 'value'), name);
  if (pair === undefined) return [];
  const key = pair.key as Node;
  return [{ text: from.text, node: (pair.value as Node | null) ?? key, offset: key.range?.[0] ?? from.offset }];
}

function valueOfKey(text: ParsedText, node: Node | undefined, name: string): Node | undefined {
  const value = pairOf(text, node, name)?.value as Node | null | undefined;
  return value === null || value === undefined ? undefined : text.resolve(value);
}

function pairOf({ yaml }: ParsedText, node: Node | undefined, name: string): Pair | undefined {
  if (!yaml.isMap(node)) return undefined;
  const wanted = comparable(name);
  return node.items.findLast((pair) => yaml.isScalar(pair.key) && comparable(keyText(pair.key)) === wanted);
}

function keyText(key: { source?: string; value: unknown }): string {
  return key.source ?? String(key.value);
}

/** Both spellings of a field's name are the same. */
function comparable(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

function parseText({ file, text }: SourceText): ParsedText {
  // Loaded when it is needed: a good configuration never needs it.
  const yaml: typeof Yaml = createRequire(import.meta.url)('yaml');
  const lineCounter = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter, uniqueKeys: false, merge: false, logLevel: 'silent' });
  return {
    yaml,
    root: document.contents,
    resolve: (node) => (yaml.isAlias(node) ? node.resolve(document) : node),
    position(offset) {
      const { line, col } = lineCounter.linePos(offset);
      return { file, line, column: col };
    },
  };
}

/** `a.b[0].c["x.y"]` to its steps. */
export function splitPath(path: string): Step[] {
  const steps: Step[] = [];
  for (const match of path.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|([^.[]+)/g)) {
    if (match[1] !== undefined) steps.push(Number(match[1]));
    else if (match[2] !== undefined) steps.push(String(JSON.parse(match[2])));
    else if (match[3] !== undefined) steps.push(match[3]);
  }
  return steps;
}
