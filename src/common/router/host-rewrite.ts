import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type { HeaderFormat } from './header-format.ts';
import type { RegexSubstitution } from './parse-regex-rewrite.ts';
import { withoutQuery } from './path-text.ts';

/** Finds the host that a request goes upstream with; undefined or '' = its own. */
export interface HostRewrite {
  host(headers: RequestHeaderMap, streamInfo: StreamInfo): string | undefined;
}

/** `host_rewrite_literal`. */
export class LiteralHost implements HostRewrite {
  readonly #host: string;
  constructor(host: string) {
    this.#host = host;
  }
  host(): string {
    return this.#host;
  }
}

/** `host_rewrite_header`: the first value. */
export class HostFromHeader implements HostRewrite {
  readonly #name: string;
  constructor(name: string) {
    this.#name = name.toLowerCase();
  }
  host(headers: RequestHeaderMap): string | undefined {
    return headers.get(this.#name);
  }
}

/** `host_rewrite_path_regex`, on the path without query. */
export class HostFromPath implements HostRewrite {
  readonly #substitution: RegexSubstitution;
  constructor(substitution: RegexSubstitution) {
    this.#substitution = substitution;
  }
  host(headers: RequestHeaderMap): string {
    return this.#substitution.replaceAll(withoutQuery(headers.path));
  }
}

/** `host_rewrite`: a substitution format. */
export class FormattedHost implements HostRewrite {
  readonly #format: HeaderFormat;
  constructor(format: HeaderFormat) {
    this.#format = format;
  }
  host(headers: RequestHeaderMap, streamInfo: StreamInfo): string {
    return this.#format.format(headers, undefined, streamInfo);
  }
}

/** Envoy's Http::Utility::updateAuthority. */
export function updateAuthority(
  headers: RequestHeaderMap,
  host: string,
  appendForwardedHost: boolean,
  keepOriginal: boolean,
): void {
  const before = headers.host;
  if (keepOriginal && before !== '') headers.set('x-envoy-original-host', before);
  if (appendForwardedHost && before !== '') appendXForwardedHost(headers, before);
  headers.host = host;
}

/** Unless it is the last one there already. */
function appendXForwardedHost(headers: RequestHeaderMap, host: string): void {
  const known = headers.get('x-forwarded-host');
  if (known?.split(',').at(-1)?.trim() === host) return;
  headers.append('x-forwarded-host', host, ',');
}
