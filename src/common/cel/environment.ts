import type { CelEnv, CelFunc } from '@bufbuild/cel';
import { RE2JS, RE2JSException } from 're2js';
import { celLibrary } from './library.ts';
import { regexFunctions } from './regex-functions.ts';
import { stringFunctions } from './string-functions.ts';

/** What an expression may use besides Envoy's defaults (envoy.config.core.v3.CelExpressionConfig). */
export interface CelFeatures {
  readonly enableStringConversion: boolean;
  readonly enableStringConcat: boolean;
  readonly enableStringFunctions: boolean;
}

function refused(): never {
  throw new Error('No matching overloads found');
}

/** Takes the place of the library's own. Lists are never joined, strings and bytes where it is allowed. */
function withoutConcatenation(features: CelFeatures): readonly CelFunc[] {
  const { CelScalar, celFunc, listType } = celLibrary();
  const { BYTES, DYN, STRING } = CelScalar;
  const lists = celFunc('_+_', [listType(DYN), listType(DYN)], listType(DYN), refused);
  if (features.enableStringConcat) return [lists];
  return [lists, celFunc('_+_', [STRING, STRING], STRING, refused), celFunc('_+_', [BYTES, BYTES], BYTES, refused)];
}

/** As Envoy limits it; RE2JS counts instructions much as RE2 does. */
const maxProgramSize = 100;

/** What is wrong with a pattern is a string. */
function compilePattern(pattern: string): RE2JS | string {
  try {
    const regex = RE2JS.compile(pattern);
    return regex.programSize() > maxProgramSize ? 'regular expression exceeds max allowed size' : regex;
  } catch (error) {
    if (error instanceof RE2JSException) return `invalid regular expression: ${error.message}`;
    throw error;
  }
}

/** Patterns of an expression, compiled once where they are constants. */
export class PatternTable {
  readonly #constants = new Map<string, RE2JS>();

  /** What is wrong with a constant pattern. */
  add(pattern: string): string | undefined {
    const regex = compilePattern(pattern);
    if (typeof regex === 'string') return regex;
    this.#constants.set(pattern, regex);
    return undefined;
  }

  /** For functions that take any pattern; throws when it is none. */
  compile(pattern: string): RE2JS {
    return this.#constants.get(pattern) ?? RE2JS.compile(pattern);
  }

  /** Compiles it now; what is wrong with it shows when the expression is evaluated. */
  prepare(pattern: string): void {
    try {
      this.#constants.set(pattern, RE2JS.compile(pattern));
    } catch (error) {
      if (!(error instanceof RE2JSException)) throw error;
    }
  }

  /** Throws when the pattern is none: the expression then has no result. */
  test(pattern: string, text: string): boolean {
    const regex = this.#constants.get(pattern) ?? compilePattern(pattern);
    if (typeof regex === 'string') throw new Error(regex);
    return regex.matcher(text).find();
  }
}

export function createEnvironment(features: CelFeatures, patterns: PatternTable): CelEnv {
  const { CelScalar, celEnv, celFunc } = celLibrary();
  const { BOOL, STRING } = CelScalar;
  const matches = celFunc('matches', [STRING, STRING], BOOL, (text, pattern) => patterns.test(pattern, text));
  return celEnv({
    funcs: [
      ...withoutConcatenation(features),
      ...(features.enableStringFunctions ? stringFunctions() : []),
      matches,
      ...regexFunctions(patterns),
    ],
    re2: { compile: (pattern) => ({ test: (text) => patterns.test(pattern, text) }) },
  });
}
