import type { HeaderMatcher as HeaderMatcherConfig } from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { HeaderMap } from '../../../sdk/headers.ts';
import { toByteText } from '../formatter/byte-text.ts';
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

/** A header of several values has the value when one of them does. */
class ValueMatcher implements HeaderMatcher {
  readonly #name: string;
  /** `host` is another word for `:authority`. */
  readonly #isHost: boolean;
  readonly #value: StringMatcher;
  readonly #invert: boolean;
  readonly #treatMissingAsEmpty: boolean;

  constructor(config: HeaderMatcherConfig, value: StringMatcher) {
    this.#name = config.name.toLowerCase();
    this.#isHost = this.#name === 'host';
    this.#value = value;
    this.#invert = config.invertMatch;
    this.#treatMissingAsEmpty = config.treatMissingHeaderAsEmpty;
  }

  matches(headers: HeaderMap): boolean {
    const name = this.#isHost && headers.has(':authority') ? ':authority' : this.#name;
    let present = false;
    for (let i = 0; i < headers.size; i++) {
      if (headers.nameAt(i) !== name) continue;
      if (this.#value.match(headers.valueAt(i))) return !this.#invert;
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

export function parseHeaderMatcher(config: HeaderMatcherConfig, ctx: ConfigContext): HeaderMatcher {
  const specifier = config.headerMatchSpecifier;
  const name = config.name.toLowerCase();
  if (specifier.case === undefined || specifier.case === 'presentMatch') {
    const present = specifier.case === undefined || specifier.value;
    if (!config.treatMissingHeaderAsEmpty) return new PresenceMatcher(name, present !== config.invertMatch);
    return { matches: () => present !== config.invertMatch };
  }
  return new ValueMatcher(config, parseValue(config, ctx));
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
