import type { RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { DirectResponseEntry, RouteEntry } from '../../../sdk/router.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { ConfiguredRoute, type RouteIdentity } from './configured-route.ts';
import type { HeaderFormat } from './header-format.ts';
import type { PathMatcher } from './path-matcher.ts';
import { type PathRewrite, rewritePathHeader } from './path-rewrite.ts';
import { type RedirectTarget, redirectUri, UNCHANGED } from './redirect-uri.ts';
import type { VirtualHostLevel } from './route-level.ts';

/** What a direct response's body is made of. */
export interface ResponseBody {
  /** Undefined = text/plain. */
  readonly contentType: string | undefined;
  bytes(requestHeaders: RequestHeaderMap, streamInfo: StreamInfo): Uint8Array;
}

export interface DirectRouteConfig {
  readonly identity: RouteIdentity;
  readonly virtualHost: VirtualHostLevel;
  readonly matcher: PathMatcher;
  readonly responseCode: number;
  /** Undefined for a direct response. */
  readonly redirect: RedirectTarget | undefined;
  /** `path_rewrite` of a redirect: the request's own path stays as it came. */
  readonly redirectPath: HeaderFormat | undefined;
  readonly pathRewrite: PathRewrite | undefined;
  /** Undefined = none. */
  readonly body: ResponseBody | undefined;
}

/** A route that is answered here: `redirect` or `direct_response`. */
export class DirectRoute extends ConfiguredRoute implements DirectResponseEntry {
  readonly responseCode: number;
  readonly #config: DirectRouteConfig;

  constructor(config: DirectRouteConfig) {
    super(config.identity, config.virtualHost);
    this.responseCode = config.responseCode;
    this.#config = config;
  }

  get directResponse(): DirectResponseEntry {
    return this;
  }

  get routeEntry(): RouteEntry | undefined {
    return undefined;
  }

  get responseContentType(): string | undefined {
    return this.#config.body?.contentType;
  }

  newUri(headers: RequestHeaderMap, streamInfo: StreamInfo): string | undefined {
    const { redirect, redirectPath } = this.#config;
    return redirectUri(redirect ?? UNCHANGED, headers, redirectPath?.format(headers, undefined, streamInfo));
  }

  responseBody(headers: RequestHeaderMap, streamInfo: StreamInfo): Uint8Array | undefined {
    return this.#config.body?.bytes(headers, streamInfo);
  }

  rewritePathHeader(headers: RequestHeaderMap, streamInfo: StreamInfo, insertOriginalPath: boolean): void {
    const { pathRewrite, matcher } = this.#config;
    if (pathRewrite !== undefined) rewritePathHeader(pathRewrite, matcher, headers, streamInfo, insertOriginalPath);
  }

  finalizeResponseHeaders(headers: ResponseHeaderMap, requestHeaders: RequestHeaderMap, streamInfo: StreamInfo): void {
    this.mutateResponse(headers, requestHeaders, streamInfo);
  }
}
