/** Names of statistics with tags of their own, which no pattern finds in them: how a thread tells main of both. */
import type { Tag, TaggedName } from './tags.ts';

/** Stands in no name that was sanitised. */
const MARK = '\0';

/** To be asked of a scope: `name.tag.value` on each page, whose tags are these alone. */
export function taggedStatName(name: string, tags: readonly Tag[]): string {
  let text = name + MARK;
  for (const tag of tags) text += `${unmarked(tag.name)}${MARK}${unmarked(tag.value)}${MARK}`;
  return text;
}

export function isTaggedStatName(name: string): boolean {
  return name.includes(MARK);
}

/** What a full name, its scopes' prefixes included, comes to. */
export function readTaggedStatName(text: string): TaggedName & { readonly name: string } {
  const [extractedName = '', ...parts] = text.slice(0, -1).split(MARK);
  const tags: Tag[] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) tags.push({ name: parts[i] as string, value: parts[i + 1] as string });
  return { name: [extractedName, ...parts].join('.'), extractedName, tags };
}

function unmarked(text: string): string {
  return text.includes(MARK) ? text.replaceAll(MARK, '_') : text;
}
