/**
 * Where a path of the configuration stands in its file. Made only when there is an error to place: reading with positions
 * costs several times what reading alone does.
 */
import type { SourceLocator, SourcePosition } from '../../../sdk/config.ts';
import { readTree, type SourceNode, type SourceTree } from './source-tree.ts';

export interface SourceText {
  readonly file: string;
  readonly text: string;
}

/** A step of a path: a field or a map's key, or the index in a list. */
type Step = string | number;

interface ParsedText {
  readonly file: string;
  readonly tree: SourceTree;
}

interface Found {
  readonly text: ParsedText;
  readonly node: SourceNode;
}

/**
 * A locator over documents that were merged in this order: of a list, the later document's items follow the earlier
 * one's; of everything else, the later document wins. A path that is absent is placed at its nearest ancestor.
 */
export function createLocator(sources: readonly SourceText[]): SourceLocator {
  const parsed: ParsedText[] = [];
  return (path) => {
    if (parsed.length === 0) parsed.push(...sources.map(({ file, text }) => ({ file, tree: readTree(text) })));
    return locate(parsed, splitPath(path));
  };
}

function locate(texts: readonly ParsedText[], steps: readonly Step[]): SourcePosition | undefined {
  let found: Found[] = [];
  for (const text of texts) if (text.tree.root !== undefined) found.push({ text, node: text.tree.root });
  for (const step of steps) {
    const next = typeof step === 'number' ? itemOf(found, step) : found.flatMap((from) => memberOf(from, step));
    if (next.length === 0) break;
    found = next;
  }
  const last = found.at(-1);
  return last && { file: last.text.file, ...last.text.tree.position(last.node.offset) };
}

/** The item with this index of the lists joined; one object may stand for a list of one. */
function itemOf(found: readonly Found[], index: number): Found[] {
  let rest = index;
  for (const { text, node } of found) {
    const items = node.items() ?? [node];
    const item = items[rest];
    if (item !== undefined) return [{ text, node: item }];
    rest -= items.length;
  }
  return [];
}

function memberOf({ text, node }: Found, name: string): Found[] {
  // What a TypedStruct packs stands under its `value`, though paths name the packed message's fields directly.
  const member = node.member(name) ?? node.member('value')?.member(name);
  return member === undefined ? [] : [{ text, node: member }];
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
