import type { RouteMatch } from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { resolveExtension } from '../../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { PathMatchExtension, PathMatchPolicy } from '../../../sdk/router.ts';
import type { LinearRegex } from '../matcher/linear-regex.ts';
import { lowerAscii, parseRegex } from '../matcher/string-matcher.ts';
import { matchedPath } from './path-text.ts';

export type PathKind = 'prefix' | 'path' | 'separated' | 'regex' | 'connect' | 'policy' | 'never';

/** The path condition of a route. One class for all kinds: lists of routes are walked in one tight loop. */
export class PathMatcher {
  readonly kind: PathKind;
  /** Of prefix, path and separated; in lower case when case does not matter. */
  readonly literal: string;
  readonly ignoreCase: boolean;
  readonly #regex: LinearRegex | undefined;
  readonly policy: PathMatchPolicy | undefined;

  constructor(
    kind: PathKind,
    literal: string,
    ignoreCase: boolean,
    regex: LinearRegex | undefined,
    policy: PathMatchPolicy | undefined,
  ) {
    this.kind = kind;
    this.literal = literal;
    this.ignoreCase = ignoreCase;
    this.#regex = regex;
    this.policy = policy;
  }

  /** @param path without query; '' for a CONNECT without path */
  matches(path: string, headers: RequestHeaderMap): boolean {
    if (this.kind === 'connect') return headers.method === 'CONNECT';
    if (path === '') return false;
    const text = this.ignoreCase ? lowerAscii(path) : path;
    const { literal } = this;
    switch (this.kind) {
      case 'prefix':
        return text.startsWith(literal);
      case 'path':
        return text === literal;
      case 'separated':
        return text.startsWith(literal) && (text.length === literal.length || text[literal.length] === '/');
      case 'regex':
        return this.#regex?.fullMatch(text) === true;
      case 'policy':
        // Templates see the parameters of a path, whatever the others do.
        return this.policy?.match(matchedPath(headers.path, false)) === true;
      default:
        return false;
    }
  }

  /** How much of the path (from its begin) a prefix rewrite replaces; undefined = it matched without its parameters alone. */
  matchedLength(pathWithoutQuery: string): number | undefined {
    if (this.kind === 'policy') return this.policy?.template.length ?? 0;
    if (this.kind === 'regex' || this.kind === 'connect') return pathWithoutQuery.length;
    const text = this.ignoreCase ? lowerAscii(pathWithoutQuery) : pathWithoutQuery;
    return text.startsWith(this.literal) ? this.literal.length : undefined;
  }
}

export function parsePathMatcher(match: RouteMatch, ctx: ConfigContext): PathMatcher {
  const { pathSpecifier: specifier } = match;
  const ignoreCase = match.caseSensitive === false;
  const literal = (text: string) => (ignoreCase ? lowerAscii(text) : text);
  switch (specifier.case) {
    case 'prefix':
      return new PathMatcher('prefix', literal(specifier.value), ignoreCase, undefined, undefined);
    case 'path':
      return new PathMatcher('path', literal(specifier.value), ignoreCase, undefined, undefined);
    case 'pathSeparatedPrefix':
      return new PathMatcher('separated', literal(specifier.value), ignoreCase, undefined, undefined);
    case 'safeRegex':
      return new PathMatcher('regex', '', false, parseRegex(specifier.value, ctx.child('safe_regex')), undefined);
    case 'connectMatcher':
      return new PathMatcher('connect', '', false, undefined, undefined);
    case 'pathMatchPolicy': {
      const at = ctx.child('path_match_policy');
      const resolved = resolveExtension<PathMatchExtension>(at, 'envoy.path.match', {
        name: specifier.value.name,
        typedConfig: specifier.value.typedConfig,
      });
      const policy = resolved?.config as PathMatchPolicy | undefined;
      return new PathMatcher('policy', '', false, undefined, policy);
    }
    default:
      return new PathMatcher('never', '', false, undefined, undefined);
  }
}
