import type { DirectResponseEntry, Route, RouteRequest } from '../../../sdk/router.ts';
import type { Struct } from '../../../sdk/stream-info.ts';
import { getKnown } from '../headers/header-entries.ts';
import { nameTable } from '../headers/name-table.ts';
import { HeaderNames } from '../headers/names.ts';
import { DirectRoute } from './direct-route.ts';
import { PathMatcher } from './path-matcher.ts';
import { matchedPath } from './path-text.ts';
import { UNCHANGED } from './redirect-uri.ts';
import type { VirtualHostLevel } from './route-level.ts';

const forwardedProtoId = nameTable.idOf(HeaderNames.ForwardedProto);

/** Finds the route within a virtual host: a list, or a matcher tree that ends in one. */
export interface RouteFinder {
  find(path: string, request: RouteRequest): Route | undefined;
}

export type TlsRequirement = 'NONE' | 'EXTERNAL_ONLY' | 'ALL';

/** A virtual host with its routes. */
export class ConfiguredVirtualHost {
  readonly #level: VirtualHostLevel;
  readonly #routes: RouteFinder;
  readonly #requireTls: TlsRequirement;
  readonly #tlsRedirect: Route | undefined;

  constructor(level: VirtualHostLevel, routes: RouteFinder, requireTls: TlsRequirement) {
    this.#level = level;
    this.#routes = routes;
    this.#requireTls = requireTls;
    this.#tlsRedirect = requireTls === 'NONE' ? undefined : createTlsRedirect(level);
  }

  get name(): string {
    return this.#level.name;
  }

  get metadata(): ReadonlyMap<string, Struct> {
    return this.#level.metadata;
  }

  find(request: RouteRequest): Route | undefined {
    const { headers } = request;
    const scheme = getKnown(headers, forwardedProtoId);
    // Requests that are refused before they have been looked at do not have it.
    if (scheme === undefined || scheme === '') return undefined;
    if (this.#tlsRedirect !== undefined && this.#needsTls(scheme, request)) return this.#tlsRedirect;
    return this.#routes.find(matchedPath(headers.path, this.#level.ignorePathParameters), request);
  }

  #needsTls(scheme: string, { headers }: RouteRequest): boolean {
    if (scheme === 'https') return false;
    return this.#requireTls === 'ALL' || headers.get('x-envoy-internal') !== 'true';
  }
}

/** Envoy's SslRedirectRoute: the same URL over https, with nothing that the configuration adds. */
function createTlsRedirect({ routeConfig, ...level }: VirtualHostLevel): Route {
  const none = { filterConfigs: undefined, requestMutations: undefined, responseMutations: undefined };
  const bare: VirtualHostLevel = { ...level, ...none, routeConfig: { ...routeConfig, ...none } };
  return new TlsRedirectRoute({
    identity: { ...none, name: '', metadata: new Map() },
    virtualHost: bare,
    matcher: new PathMatcher('never', '', false, undefined, undefined),
    responseCode: 301,
    redirect: { ...UNCHANGED, scheme: 'https' },
    redirectPath: undefined,
    pathRewrite: undefined,
    body: undefined,
  });
}

class TlsRedirectRoute extends DirectRoute {
  override get directResponse(): DirectResponseEntry {
    return this;
  }

  /** Unlike a configured redirect, the host stays with its port. */
  override newUri(headers: Parameters<DirectRoute['newUri']>[0]): string {
    return `https://${headers.host}${headers.path}`;
  }
}
