import type { RegexMatcher } from '../../../api/generated/envoy/type/matcher/v3/regex_pb.d.ts';
import type {
  ListStringMatcher,
  StringMatcher as StringMatcherConfig,
} from '../../../api/generated/envoy/type/matcher/v3/string_pb.d.ts';
import type { StringMatcher as XdsStringMatcherConfig } from '../../../api/generated/xds/type/matcher/v3/string_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { toByteText } from '../formatter/byte-text.ts';
import { compileRegex, type LinearRegex } from './linear-regex.ts';

/** A checked envoy.type.matcher.v3.StringMatcher. */
export interface StringMatcher {
  match(text: string): boolean;
}

/** Never matches: stands for a matcher whose configuration was refused. */
export const matchNothing: StringMatcher = { match: () => false };

class ExactMatcher implements StringMatcher {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  match(text: string): boolean {
    return text === this.#value;
  }
}

class PrefixMatcher implements StringMatcher {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  match(text: string): boolean {
    return text.startsWith(this.#value);
  }
}

class SuffixMatcher implements StringMatcher {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  match(text: string): boolean {
    return text.endsWith(this.#value);
  }
}

class ContainsMatcher implements StringMatcher {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  match(text: string): boolean {
    return text.includes(this.#value);
  }
}

class RegexStringMatcher implements StringMatcher {
  readonly #regex: LinearRegex;
  constructor(regex: LinearRegex) {
    this.#regex = regex;
  }
  match(text: string): boolean {
    return this.#regex.fullMatch(text);
  }
}

class IgnoreCaseMatcher implements StringMatcher {
  readonly #inner: StringMatcher;
  constructor(inner: StringMatcher) {
    this.#inner = inner;
  }
  match(text: string): boolean {
    return this.#inner.match(lowerAscii(text));
  }
}

/** Lower case of A to Z alone, as Envoy compares: other letters keep their case and their length. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (upper) => upper.toLowerCase());
}

/**
 * Compiles a RegexMatcher; a fault is gathered and undefined returned.
 * @param encode what the configured text is before it is compared
 */
export function parseRegex(
  config: Pick<RegexMatcher, 'regex'>,
  ctx: ConfigContext,
  encode: (text: string) => string = asItIs,
): LinearRegex | undefined {
  const compiled = compileRegex(encode(config.regex));
  if (!('error' in compiled)) return compiled;
  ctx.child('regex').error(compiled.error, { expected: 'a regular expression in the syntax of RE2' });
  return undefined;
}

function asItIs(text: string): string {
  return text;
}

/** For byte strings (formatter/byte-text.ts): values of headers and what is cut out of them. */
export function parseByteMatcher(
  config: StringMatcherConfig | XdsStringMatcherConfig,
  ctx: ConfigContext,
): StringMatcher {
  return parseStringMatcher(config, ctx, toByteText);
}

/** For text. */
export function parseStringMatcher(
  config: StringMatcherConfig | XdsStringMatcherConfig,
  ctx: ConfigContext,
  encode: (text: string) => string = asItIs,
): StringMatcher {
  const { matchPattern: pattern, ignoreCase } = config;
  if (pattern.case === 'safeRegex') {
    const regex = parseRegex(pattern.value, ctx.child('safe_regex'), encode);
    return regex === undefined ? matchNothing : new RegexStringMatcher(regex);
  }
  if (pattern.case === 'custom') {
    ctx.child('custom').error('custom string matchers are not supported yet');
    return matchNothing;
  }
  if (pattern.case === undefined) {
    ctx.error('a match pattern is required', { expected: 'one of exact, prefix, suffix, contains, safe_regex' });
    return matchNothing;
  }
  const value = encode(pattern.value);
  const matcher = plainMatcher(pattern.case, ignoreCase ? lowerAscii(value) : value);
  return ignoreCase ? new IgnoreCaseMatcher(matcher) : matcher;
}

export function plainMatcher(kind: 'exact' | 'prefix' | 'suffix' | 'contains', value: string): StringMatcher {
  switch (kind) {
    case 'exact':
      return new ExactMatcher(value);
    case 'prefix':
      return new PrefixMatcher(value);
    case 'suffix':
      return new SuffixMatcher(value);
    case 'contains':
      return new ContainsMatcher(value);
  }
}

export function regexMatcher(regex: LinearRegex | undefined): StringMatcher {
  return regex === undefined ? matchNothing : new RegexStringMatcher(regex);
}

/** Matches when any of the list does. */
export function parseListStringMatcher(config: ListStringMatcher, ctx: ConfigContext): StringMatcher {
  const matchers = config.patterns.map((pattern, i) => parseStringMatcher(pattern, ctx.child('patterns', i)));
  return { match: (text) => matchers.some((matcher) => matcher.match(text)) };
}
