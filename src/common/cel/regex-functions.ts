import type { CelFunc, CelInput } from '@bufbuild/cel';
import type { Matcher } from 're2js';
import type { PatternTable } from './environment.ts';
import { celLibrary } from './library.ts';

/** Those whose second argument is a pattern, `matches` aside. */
export const regexFunctionNames: ReadonlySet<string> = new Set(['re.extract', 're.capture', 're.captureN']);

/**
 * The regular expressions of cel-cpp's extensions: `re.extract(text, pattern, rewrite)` finds the pattern anywhere,
 * `re.capture` and `re.captureN` want the whole text to match. What does not match has no result.
 */
export function regexFunctions(patterns: PatternTable): readonly CelFunc[] {
  const { CelScalar, celFunc, mapType } = celLibrary();
  const { DYN, STRING } = CelScalar;
  return [
    celFunc('re.extract', [STRING, STRING, STRING], STRING, (text, pattern, rewrite) => {
      const matcher = patterns.compile(pattern).matcher(text);
      if (!matcher.find()) throw new Error('Unable to extract string for the given regex');
      return rewriteMatch(matcher, rewrite);
    }),
    celFunc(
      're.capture',
      [STRING, STRING],
      STRING,
      (text, pattern) => wholeMatch(patterns, text, pattern).group(1) ?? '',
    ),
    celFunc('re.captureN', [STRING, STRING], mapType(STRING, DYN), (text, pattern) =>
      groupsOf(wholeMatch(patterns, text, pattern), patterns.compile(pattern).namedGroups()),
    ),
  ];
}

function wholeMatch(patterns: PatternTable, text: string, pattern: string): Matcher {
  const matcher = patterns.compile(pattern).matcher(text);
  if (matcher.groupCount() === 0 || !matcher.matches()) throw new Error('Unable to capture groups for the given regex');
  return matcher;
}

/** By their names; those without one by their numbers. */
function groupsOf(matcher: Matcher, named: Readonly<Record<string, number>>): CelInput {
  const nameOf = new Map(Object.entries(named).map(([name, group]) => [group, name]));
  const groups = new Map<string, string>();
  for (let i = 1; i <= matcher.groupCount(); i++) groups.set(nameOf.get(i) ?? String(i), matcher.group(i) ?? '');
  return groups;
}

/** `\0` to `\9` stand for groups, `\\` for a backslash. */
function rewriteMatch(matcher: Matcher, rewrite: string): string {
  return rewrite.replace(/\\(.?)/gs, (_, escaped: string) => {
    if (escaped === '\\') return escaped;
    const group = /^\d$/.test(escaped) ? Number(escaped) : Number.POSITIVE_INFINITY;
    if (group > matcher.groupCount()) throw new Error('Unable to extract string for the given regex');
    return matcher.group(group) ?? '';
  });
}
