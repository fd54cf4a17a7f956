/**
 * Why C++'s std::regex, which Envoy reads tag regexes with, refuses a pattern that a RegExp takes: there what ECMAScript
 * tolerates for the web (its Annex B) and what came after 2011 is no pattern. In libc++'s words; undefined = nothing found.
 */
export function tagRegexFault(pattern: string): string | undefined {
  const groups = pattern.match(groupOpening)?.length ?? 0;
  for (const [token, , escaped] of pattern.matchAll(tokens)) {
    const fault = escaped === undefined ? faultOf(token) : escapeFault(escaped, groups);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** An escape, a bracket expression, a group that is special, a repetition with braces, or one character. */
const tokens =
  /(\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|c[a-zA-Z]|\d+|.?))|\[\^?\]?(?:\\.|\[:\w*:\]|[^\]\\])*\]|\(\?.?|\{(?:\d+(?:,\d*)?\})?|./gsu;
const groupOpening = /(?<!\\)\((?!\?)/g;

const ESCAPE = 'The expression contained an invalid escaped character, or a trailing escape.';
const REFERENCE = 'The expression contained an invalid back reference.';
const REPEAT = 'One of *?+{ was not preceded by a valid regular expression.';
const BRACES = 'The expression contained an invalid range in a {} expression.';
const REST = 'The parser did not consume the entire regular expression.';
const RANGE = 'The expression contained an invalid character range, such as [b-a] in most encodings.';
const CLASS = 'The expression contained an invalid character class name.';
const classNames = /^(?:alnum|alpha|blank|cntrl|d|digit|graph|lower|print|punct|s|space|upper|w|xdigit)$/;

function escapeFault(escaped: string, groups: number): string | undefined {
  if (/^[1-9]/.test(escaped)) return Number(escaped) > groups ? REFERENCE : undefined;
  return /^(?:[bBdDsSwWfnrtv]|0$|[xuc].|[^a-zA-Z0-9])/su.test(escaped) ? undefined : ESCAPE;
}

function faultOf(token: string): string | undefined {
  if (token.startsWith('(?')) return /[:=!]$/.test(token) ? undefined : REPEAT;
  if (token === '{') return BRACES;
  if (token === '}' || token === ']') return REST;
  return token.startsWith('[') ? bracketFault(token) : undefined;
}

function bracketFault(token: string): string | undefined {
  if (/\\[dDsSwW]-[^\]]|[^[^]-\\[dDsSwW]/.test(token)) return RANGE;
  for (const [, name = ''] of token.matchAll(/\[:(\w*):\]/g)) if (!classNames.test(name)) return CLASS;
  for (const [, escaped = ''] of token.matchAll(/\\(.)/gs))
    if (!/[bdDsSwWfnrtvxuc0]|[^a-zA-Z0-9]/.test(escaped)) return ESCAPE;
  return undefined;
}
