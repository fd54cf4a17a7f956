import type { HeaderMatcher as HeaderMatcherConfig } from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { HeaderMap } from '../../../sdk/headers.ts';
import { toByteText } from '../formatter/byte-text.ts';
import { isGuardEnabled, type RuntimeGuard } from '../runtime/runtime-guards.ts';
import {
  matchNothing,
  parseByteMatcher,
  parseRegex,
  plainMatcher,
  regexMatcher,
  type StringMatcher,
} from './string-matcher.ts';

/** A checked envoy.config.route.v3.HeaderMatcher. */
export interface HeaderMatcher {
  matches(headers: HeaderMap): boolean;
}

class PresenceMatcher implements HeaderMatcher {
  readonly #name: string;
  readonly #expected: boolean;
  constructor(name: string, expected: boolean) {
    this.#name = name;
    this.#expected = expected;
  }
  matches(headers: HeaderMap): boolean {
    return headers.has(this.#name) === this.#expected;
  }
}

/** Says that a header of several values is matched value by value, not as their list. */
type ListGuard = Extract<RuntimeGuard, `${string}match_headers_individually`>;

/** A header of several values has the value when one of them does. */
class ValueMatcher implements HeaderMatcher {
  readonly #name: string;
  /** `host` is another word for `:authority`. */
  readonly #isHost: boolean;
  readonly #value: StringMatcher;
  readonly #invert: boolean;
  readonly #treatMissingAsEmpty: boolean;
  readonly #takesEach: () => boolean;

  /** @param takesEach whether each value of several is looked at by itself */
  constructor(config: HeaderMatcherConfig, value: StringMatcher, takesEach: () => boolean) {
    this.#name = config.name.toLowerCase();
    this.#isHost = this.#name === 'host';
    this.#value = value;
    this.#invert = config.invertMatch;
    this.#treatMissingAsEmpty = config.treatMissingHeaderAsEmpty;
    this.#takesEach = takesEach;
  }

  matches(headers: HeaderMap): boolean {
    const name = this.#isHost && headers.has(':authority') ? ':authority' : this.#name;
    let present = false;
    for (let i = 0; i < headers.size; i++) {
      if (headers.nameAt(i) !== name) continue;
      if (this.#value.match(this.#takesEach() ? headers.valueAt(i) : listOf(headers, name))) return !this.#invert;
      present = true;
    }
    if (present) return this.#invert;
    return this.#treatMissingAsEmpty && this.#value.match('') !== this.#invert;
  }
}

/** [start, end) over whole decimal numbers. */
function rangeMatcher(start: bigint, end: bigint): StringMatcher {
  return {
    match: (text) => {
      if (!/^\s*[+-]?\d{1,19}\s*$/.test(text)) return false;
      const value = BigInt(text.trim().replace(/^\+/, ''));
      return value >= start && value < end;
    },
  };
}

function parseValue(config: HeaderMatcherConfig, ctx: ConfigContext): StringMatcher {
  const specifier = config.headerMatchSpecifier;
  switch (specifier.case) {
    case 'exactMatch':
      return plainMatcher('exact', toByteText(specifier.value));
    case 'prefixMatch':
      return plainMatcher('prefix', toByteText(specifier.value));
    case 'suffixMatch':
      return plainMatcher('suffix', toByteText(specifier.value));
    case 'containsMatch':
      return plainMatcher('contains', toByteText(specifier.value));
    case 'safeRegexMatch':
      return regexMatcher(parseRegex(specifier.value, ctx.child('safe_regex_match'), toByteText));
    case 'rangeMatch':
      return rangeMatcher(specifier.value.start, specifier.value.end);
    case 'stringMatch':
      return parseByteMatcher(specifier.value, ctx.child('string_match'));
    default:
      return matchNothing;
  }
}

function listOf(headers: HeaderMap, name: string): string {
  const values: string[] = [];
  for (let i = 0; i < headers.size; i++) if (headers.nameAt(i) === name) values.push(headers.valueAt(i));
  return values.join(',');
}

export function parseHeaderMatcher(
  config: HeaderMatcherConfig,
  ctx: ConfigContext,
  guard: ListGuard = 'envoy.reloadable_features.match_headers_individually',
): HeaderMatcher {
  const specifier = config.headerMatchSpecifier;
  const name = config.name.toLowerCase();
  if (specifier.case === undefined || specifier.case === 'presentMatch') {
    const present = specifier.case === undefined || specifier.value;
    if (!config.treatMissingHeaderAsEmpty) return new PresenceMatcher(name, present !== config.invertMatch);
    return { matches: () => present !== config.invertMatch };
  }
  const runtime = ctx.resources?.runtime;
  return new ValueMatcher(config, parseValue(config, ctx), () => isGuardEnabled(runtime, guard));
}

export function parseHeaderMatchers(
  configs: readonly HeaderMatcherConfig[],
  ctx: ConfigContext,
  field = 'headers',
): HeaderMatcher[] {
  return configs.map((config, i) => parseHeaderMatcher(config, ctx.child(field, i)));
}

/** True when every matcher matches: none means true. */
export function matchesAll(matchers: readonly HeaderMatcher[], headers: HeaderMap): boolean {
  for (let i = 0; i < matchers.length; i++) if (!matchers[i]?.matches(headers)) return false;
  return true;
}
