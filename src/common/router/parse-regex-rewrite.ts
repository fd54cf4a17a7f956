import type { RegexMatchAndSubstitute } from '../../../api/generated/envoy/type/matcher/v3/regex_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { LinearRegex } from '../matcher/linear-regex.ts';
import { parseRegex } from '../matcher/string-matcher.ts';

/** A checked envoy.type.matcher.v3.RegexMatchAndSubstitute. */
export class RegexSubstitution {
  readonly #regex: LinearRegex;
  readonly #substitution: string;

  constructor(regex: LinearRegex, substitution: string) {
    this.#regex = regex;
    this.#substitution = substitution;
  }

  replaceAll(text: string): string {
    return this.#regex.replaceAll(text, this.#substitution);
  }
}

/** Undefined when the pattern is none: the fault is gathered. */
export function parseRegexRewrite(config: RegexMatchAndSubstitute, ctx: ConfigContext): RegexSubstitution | undefined {
  const regex = config.pattern === undefined ? undefined : parseRegex(config.pattern, ctx.child('pattern'));
  return regex === undefined ? undefined : new RegexSubstitution(regex, config.substitution);
}
