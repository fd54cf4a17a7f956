import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { PathRewritePolicy } from '../../../sdk/router.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type { HeaderFormat } from './header-format.ts';
import type { RegexSubstitution } from './parse-regex-rewrite.ts';
import type { PathMatcher } from './path-matcher.ts';
import { queryStart } from './path-text.ts';

/** Makes the path that goes upstream, or into a redirect, out of the one that came. The query stays. */
export interface PathRewrite {
  /** Undefined = leave it. */
  rewrite(path: string, matcher: PathMatcher, headers: RequestHeaderMap, streamInfo: StreamInfo): string | undefined;
}

/** `prefix_rewrite`: what was matched is replaced. */
export class PrefixRewrite implements PathRewrite {
  readonly #replacement: string;

  constructor(replacement: string) {
    this.#replacement = replacement;
  }

  rewrite(path: string, matcher: PathMatcher): string | undefined {
    const length = matcher.matchedLength(path.slice(0, queryStart(path)));
    return length === undefined ? undefined : this.#replacement + path.slice(length);
  }
}

/** `regex_rewrite`: every match within the path is replaced, unless nothing would be left of it. */
export class RegexRewrite implements PathRewrite {
  readonly #substitution: RegexSubstitution;

  constructor(substitution: RegexSubstitution) {
    this.#substitution = substitution;
  }

  rewrite(path: string): string | undefined {
    const end = queryStart(path);
    const rewritten = this.#substitution.replaceAll(path.slice(0, end));
    return rewritten === '' ? undefined : rewritten + path.slice(end);
  }
}

/** `path_rewrite_policy`. */
export class PolicyRewrite implements PathRewrite {
  readonly #policy: PathRewritePolicy;

  constructor(policy: PathRewritePolicy) {
    this.#policy = policy;
  }

  rewrite(path: string, matcher: PathMatcher): string {
    if (matcher.policy === undefined) return path;
    const end = queryStart(path);
    const rewritten = this.#policy.rewritePath(path.slice(0, end), matcher.policy);
    return rewritten === undefined ? path : rewritten + path.slice(end);
  }
}

/** `path_rewrite`: a substitution format in place of the path. */
export class FormatRewrite implements PathRewrite {
  readonly #format: HeaderFormat;

  constructor(format: HeaderFormat) {
    this.#format = format;
  }

  rewrite(path: string, _matcher: PathMatcher, headers: RequestHeaderMap, streamInfo: StreamInfo): string | undefined {
    const rewritten = this.#format.format(headers, undefined, streamInfo);
    return rewritten === '' ? undefined : rewritten + path.slice(queryStart(path));
  }
}

/** Sets `:path` and, if asked, keeps what it was in `x-envoy-original-path`. */
export function rewritePathHeader(
  rewrite: PathRewrite,
  matcher: PathMatcher,
  headers: RequestHeaderMap,
  streamInfo: StreamInfo,
  insertOriginalPath: boolean,
): void {
  const { path } = headers;
  const rewritten = rewrite.rewrite(path, matcher, headers, streamInfo);
  if (rewritten === undefined) return;
  if (insertOriginalPath) headers.set('x-envoy-original-path', path);
  headers.path = rewritten;
}
