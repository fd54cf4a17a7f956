import { RE2JS, RE2JSException } from 're2js';

/** A compiled regular expression of RE2's syntax whose matching time is linear in the input. */
export interface LinearRegex {
  /** The pattern as configured. */
  readonly pattern: string;
  /** Whether the whole text matches. */
  fullMatch(text: string): boolean;
  /** Whether any part matches. */
  partialMatch(text: string): boolean;
  /**
   * Replaces every match; `\1` … `\9` and `\0` in the substitution name groups, as in RE2::GlobalReplace. A substitution
   * that names a group that there is not replaces nothing.
   */
  replaceAll(text: string, substitution: string): string;
}

/** Compiles a pattern, or says in RE2's words why it is none. */
export function compileRegex(pattern: string): LinearRegex | { readonly error: string } {
  try {
    return new Re2Regex(pattern, RE2JS.compile(pattern));
  } catch (error) {
    if (error instanceof RE2JSException) return { error: error.message };
    throw error;
  }
}

class Re2Regex implements LinearRegex {
  readonly pattern: string;
  readonly #re2: RE2JS;
  /** V8's engine for whole matches of patterns proven linear: ten times as fast. */
  readonly #v8: RegExp | undefined;

  constructor(pattern: string, re2: RE2JS) {
    this.pattern = pattern;
    this.#re2 = re2;
    this.#v8 = isLinearInV8(pattern) ? new RegExp(`^${pattern}$`) : undefined;
  }

  fullMatch(text: string): boolean {
    return this.#v8 === undefined ? this.#re2.matches(text) : this.#v8.test(text);
  }

  partialMatch(text: string): boolean {
    return this.#re2.matcher(text).find();
  }

  replaceAll(text: string, substitution: string): string {
    const matcher = this.#re2.matcher(text);
    if (largestGroup(substitution) > matcher.groupCount()) return text;
    const group = (index: number): string => matcher.group(index) ?? '';
    let result = '';
    let end = 0;
    while (matcher.find()) {
      result += text.slice(end, matcher.start()) + expand(substitution, group);
      end = matcher.end();
    }
    return result + text.slice(end);
  }
}

function largestGroup(substitution: string): number {
  let largest = 0;
  for (let at = substitution.indexOf('\\'); at >= 0; at = substitution.indexOf('\\', at + 2)) {
    const digit = substitution.charCodeAt(at + 1) - 0x30;
    if (digit > largest && digit <= 9) largest = digit;
  }
  return largest;
}

/** RE2's rewrite syntax: a backslash and a digit is a group, two backslashes one. */
function expand(substitution: string, group: (index: number) => string | undefined): string {
  if (!substitution.includes('\\')) return substitution;
  return substitution.replace(/\\(\d|\\)/g, (_, what: string) => (what === '\\' ? '\\' : (group(Number(what)) ?? '')));
}

/** Whether RE2 would take the substitution for a pattern with so many groups; its complaint otherwise. */
export function checkSubstitution(substitution: string, pattern: string): string | undefined {
  const groups = RE2JS.compile(pattern).groupCount();
  for (let i = 0; i < substitution.length; i++) {
    if (substitution[i] !== '\\') continue;
    const next = substitution[++i];
    if (next === undefined) return "Rewrite schema error: '\\' not allowed at end.";
    if (next === '\\') continue;
    if (!/\d/.test(next)) return "Rewrite schema error: '\\' must be followed by a digit or '\\'.";
    if (Number(next) > groups) {
      return `Rewrite schema requests ${next} matches, but the regex only has ${groups} parenthesized subexpressions.`;
    }
  }
  return undefined;
}

/** One character of the pattern's language: a literal, a class, or the dot. */
interface Atom {
  readonly source: string;
  /** Whether the atom matches this character. */
  readonly matches: (char: string) => boolean;
}

const asciiCharacters = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

/**
 * Proves a pattern linear for a backtracking engine that matches whole texts: a plain sequence of characters and
 * classes, no groups or alternatives, in which what follows a repeated atom cannot be taken for another turn of it.
 * The last repetition may overlap with what follows, since it is given back in one pass. ASCII only, and no escapes
 * that RE2 and V8 read differently (`\s`, `\b`).
 */
export function isLinearInV8(pattern: string): boolean {
  const tokens = tokenize(pattern);
  if (tokens === undefined) return false;
  const lastRepeated = tokens.findLastIndex((token) => token.repeated);
  return tokens.every((token, i) => {
    const next = tokens[i + 1];
    if (!token.repeated || i === lastRepeated || next === undefined) return true;
    return !next.optional && isDisjoint(token.atom, next.atom);
  });
}

interface Token {
  readonly atom: Atom;
  readonly repeated: boolean;
  readonly optional: boolean;
}

const atomSyntax =
  /\\[dwDW]|\\[./\-+?*()[\]{}^$|]|\[\^?(?:\\[dw\].\-/]|[A-Za-z0-9_.,:;~!@#%&=+*$/ -])+\]|[A-Za-z0-9_./:;,~!@#%&="'<> -]/y;
const repeatSyntax = /[*+?]\??|\{\d{1,3}(?:,\d{0,3})?\}\??/y;

function tokenize(pattern: string): Token[] | undefined {
  const tokens: Token[] = [];
  let at = 0;
  while (at < pattern.length) {
    atomSyntax.lastIndex = at;
    const source = atomSyntax.exec(pattern)?.[0];
    if (source === undefined) return undefined;
    at += source.length;
    repeatSyntax.lastIndex = at;
    const repeat = repeatSyntax.exec(pattern)?.[0] ?? '';
    at += repeat.length;
    tokens.push({ atom: toAtom(source), repeated: repeat !== '', optional: /^[*?]|^\{0/.test(repeat) });
  }
  return tokens;
}

function toAtom(source: string): Atom {
  const single = new RegExp(`^${source}$`);
  return { source, matches: (char) => single.test(char) };
}

function isDisjoint(a: Atom, b: Atom): boolean {
  return !asciiCharacters.some((char) => a.matches(char) && b.matches(char));
}
