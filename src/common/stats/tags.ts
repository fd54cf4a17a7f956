/** Tags of statistics: parts of a name that are labels in Prometheus and dimensions in sinks. */
import {
  DEFAULT_REGEX_PATTERNS,
  DEFAULT_TOKEN_PATTERNS,
  type RegexPattern,
  type TokenPattern,
} from './tag-patterns.ts';

export interface Tag {
  readonly name: string;
  readonly value: string;
}

export interface TaggedName {
  /** The name without the parts that became tags. */
  readonly extractedName: string;
  readonly tags: readonly Tag[];
}

interface Found {
  readonly value: string;
  /** Part of the name to cut out; empty for a fixed tag. */
  readonly start: number;
  readonly end: number;
}

/** One way in which a tag is found. */
export interface TagExtractor {
  readonly name: string;
  /** Only names whose first token it is can match; '' for any. */
  readonly prefix: string;
  /** Of a tag that every statistic has. */
  readonly fixedValue?: string;
  extract(statName: string, tokens: readonly string[]): Found | undefined;
}

export function fixedTag(name: string, value: string): TagExtractor {
  return { name, prefix: '', fixedValue: value, extract: () => ({ value, start: 0, end: 0 }) };
}

/** Character classes of POSIX within brackets, which std::regex knows and RegExp does not. */
const CLASSES: Readonly<Record<string, string>> = {
  alnum: 'a-zA-Z0-9',
  alpha: 'a-zA-Z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  d: '0-9',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  s: '\\s',
  space: '\\s',
  upper: 'A-Z',
  w: '\\w',
  xdigit: '0-9a-fA-F',
};

/**
 * The user's own regex: ECMAScript, as Envoy's std::regex is. The first group is cut out; the second, if there is
 * one, is the value. Throws SyntaxError when it is none.
 */
export function regexTag(name: string, pattern: string): TagExtractor {
  const regex = new RegExp(
    pattern.replaceAll(/\[:(\w+):\]/g, (whole, word: string) => CLASSES[word] ?? whole),
    'd',
  );
  return {
    name,
    prefix: prefixOf(pattern),
    extract(statName) {
      const match = regex.exec(statName);
      const span = match?.indices?.[1];
      if (match === null || span === undefined) return undefined;
      return { value: match.length > 2 ? (match[2] ?? '') : (match[1] ?? ''), start: span[0], end: span[1] };
    },
  };
}

/** Every extractor that Envoy has by default. */
export function defaultTagExtractors(): TagExtractor[] {
  return [...DEFAULT_REGEX_PATTERNS.map(patternExtractor), ...DEFAULT_TOKEN_PATTERNS.map(tokenExtractor)];
}

function patternExtractor(pattern: RegexPattern): TagExtractor {
  const regex = new RegExp(pattern.regex.source, 'd');
  return {
    name: pattern.name,
    prefix: prefixOf(regex.source),
    extract(statName) {
      if (pattern.substring !== undefined && !statName.includes(pattern.substring)) return undefined;
      const match = regex.exec(statName);
      const span = match?.indices?.[1];
      const value = match?.[2];
      if (span === undefined || value === undefined || value === pattern.except) return undefined;
      return { value, start: span[0], end: span[1] };
    },
  };
}

/** `^listener\.…` can match nothing that does not begin with `listener.` */
function prefixOf(pattern: string): string {
  return /^\^(\w+)\\\./.exec(pattern)?.[1] ?? '';
}

function tokenExtractor(pattern: TokenPattern): TagExtractor {
  const wanted = pattern.tokens.split('.');
  const prefix = wanted[0] === '$' ? '' : (wanted[0] ?? '');
  return {
    name: pattern.name,
    prefix,
    extract(_statName, tokens) {
      const at = matchTokens(wanted, 0, tokens, 0, -1);
      return at === undefined ? undefined : cutToken(tokens, at);
    },
  };
}

/** The place of `$`, undefined when the tokens do not match. */
function matchTokens(
  wanted: readonly string[],
  wantedAt: number,
  tokens: readonly string[],
  tokenAt: number,
  found: number,
): number | undefined {
  const token = wanted[wantedAt];
  if (token === undefined) return tokenAt === tokens.length ? found : undefined;
  if (tokenAt >= tokens.length) return undefined;
  if (token !== '**') {
    if (token !== '*' && token !== '$' && token !== tokens[tokenAt]) return undefined;
    return matchTokens(wanted, wantedAt + 1, tokens, tokenAt + 1, token === '$' ? tokenAt : found);
  }
  if (wantedAt === wanted.length - 1) return found;
  for (let next = tokenAt; next < tokens.length; next++) {
    const at = matchTokens(wanted, wantedAt + 1, tokens, next, found);
    if (at !== undefined) return at;
  }
  return undefined;
}

/** Cuts a token and the dot after it; of the last token, the dot before. */
function cutToken(tokens: readonly string[], at: number): Found {
  let start = 0;
  for (let i = 0; i < at; i++) start += (tokens[i] as string).length + 1;
  const value = tokens[at] as string;
  const end = start + value.length;
  return at < tokens.length - 1 ? { value, start, end: end + 1 } : { value, start: Math.max(0, start - 1), end };
}

export class TagProducer {
  /** What every statistic has. */
  readonly fixedTags: readonly Tag[];
  readonly #anywhere: TagExtractor[] = [];
  readonly #byPrefix = new Map<string, TagExtractor[]>();

  constructor(extractors: readonly TagExtractor[]) {
    this.fixedTags = extractors.flatMap(({ name, fixedValue: value }) =>
      value === undefined ? [] : [{ name, value }],
    );
    for (const extractor of extractors) {
      if (extractor.prefix === '') this.#anywhere.push(extractor);
      else this.#byPrefix.set(extractor.prefix, [...(this.#byPrefix.get(extractor.prefix) ?? []), extractor]);
    }
  }

  /** The tags in Envoy's order: extractors for any name first, a name's first finder only. */
  produce(statName: string): TaggedName {
    if (isBeforeTags(statName)) return { extractedName: statName, tags: [] };
    const tokens = statName.split('.');
    const tags: Tag[] = [];
    const cuts: Found[] = [];
    find(this.#anywhere, statName, tokens, tags, cuts);
    const candidates = tokens.length > 1 ? this.#byPrefix.get(tokens[0] as string) : undefined;
    if (candidates !== undefined) find(candidates, statName, tokens, tags, cuts);
    return { extractedName: cuts.length === 0 ? statName : removeParts(statName, cuts), tags };
  }
}

/** Envoy makes these before it reads how to tag. */
function isBeforeTags(statName: string): boolean {
  return statName.startsWith('filesystem.') || statName === 'server.hot_restart_generation';
}

/** A page may have a million names: plain loops. */
function find(
  extractors: readonly TagExtractor[],
  statName: string,
  tokens: readonly string[],
  tags: Tag[],
  cuts: Found[],
): void {
  for (let i = 0; i < extractors.length; i++) {
    const extractor = extractors[i] as TagExtractor;
    if (hasTag(tags, extractor.name)) continue;
    const found = extractor.extract(statName, tokens);
    if (found === undefined) continue;
    tags.push({ name: extractor.name, value: found.value });
    cuts.push(found);
  }
}

function hasTag(tags: readonly Tag[], name: string): boolean {
  for (let i = 0; i < tags.length; i++) if (tags[i]?.name === name) return true;
  return false;
}

function removeParts(text: string, cuts: readonly Found[]): string {
  let left = '';
  let at = 0;
  for (const { start, end } of cuts.length === 1 ? cuts : cuts.toSorted((a, b) => a.start - b.start)) {
    if (start > at) left += text.slice(at, start);
    at = Math.max(at, end);
  }
  left += text.slice(at);
  // A regex may leave the dots in front of what it cut at the end.
  return left.endsWith('.') ? left.replace(/\.+$/, '') : left;
}
