import type { Runtime } from '../../../../../sdk/extension.ts';
import type { RequestHeaderMap, ResponseHeaderMap } from '../../../../../sdk/headers.ts';
import type { DecoderFilterCallbacks, FilterHeadersStatus, HttpFilter } from '../../../../../sdk/http.ts';
import type { CorsPolicy } from '../../../../../sdk/router.ts';
import type { Counter } from '../../../../../sdk/stats.ts';
import { ResponseHeaders } from '../../../../common/headers/header-map.ts';
import { HeaderNames } from '../../../../common/headers/names.ts';
import { isDrawn } from '../../../../common/router/runtime-fraction.ts';
import type { PrefixedStats } from '../../../../common/stats/prefixed-stats.ts';

/** `http.<stat_prefix>.cors.` */
export class CorsStats {
  readonly originInvalid: Counter;
  readonly originValid: Counter;

  constructor(scope: PrefixedStats) {
    this.originInvalid = scope.counter('origin_invalid');
    this.originValid = scope.counter('origin_valid');
  }
}

const NO_POLICIES: readonly CorsPolicy[] = [];
const DETAILS = 'cors_response';

export class CorsFilter implements HttpFilter {
  readonly #stats: CorsStats;
  readonly #runtime: Runtime;
  #callbacks!: DecoderFilterCallbacks;
  /** Most specific first: of each field the first policy that has it counts. */
  #policies = NO_POLICIES;
  /** The response is marked with it; '' = it is left alone. */
  #allowedOrigin = '';

  constructor(stats: CorsStats, runtime: Runtime) {
    this.#stats = stats;
    this.#runtime = runtime;
  }

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.#callbacks = callbacks;
  }

  decodeHeaders(headers: RequestHeaderMap): FilterHeadersStatus {
    const entry = this.#callbacks.route()?.routeEntry;
    if (entry === undefined) return 'Continue';
    const ofFilter = this.#callbacks.perRouteConfigs<CorsPolicy>();
    this.#policies = ofFilter.length > 0 ? ofFilter.toReversed() : entry.corsPolicies;
    const first = this.#policies[0];
    if (first === undefined) return 'Continue';
    const enabled = isDrawn(first.filterEnabled, this.#runtime, true);
    if (!enabled && !isDrawn(first.shadowEnabled, this.#runtime, false)) return 'Continue';
    const origin = headers.get(HeaderNames.Origin);
    if (origin === undefined || origin === '') return 'Continue';
    const allowed = this.#isAllowed(origin);
    (allowed ? this.#stats.originValid : this.#stats.originInvalid).inc();
    if (!enabled) return 'Continue';
    if (allowed) this.#allowedOrigin = origin;
    if (!isPreflight(headers)) return 'Continue';
    if (!allowed && (this.#first('forwardNotMatchingPreflights') ?? true)) return 'Continue';
    this.#callbacks.encodeHeaders(this.#preflightResponse(headers), true, DETAILS);
    return 'StopIteration';
  }

  encodeHeaders(headers: ResponseHeaderMap): FilterHeadersStatus {
    if (this.#allowedOrigin === '') return 'Continue';
    headers.set(HeaderNames.AccessControlAllowOrigin, this.#allowedOrigin);
    if (this.#first('allowCredentials') === true) headers.set(HeaderNames.AccessControlAllowCredentials, 'true');
    const exposed = this.#first('exposeHeaders');
    if (exposed !== undefined) headers.set(HeaderNames.AccessControlExposeHeaders, exposed);
    return 'Continue';
  }

  /** An origin pattern that `*` itself matches allows every origin. */
  #isAllowed(origin: string): boolean {
    const origins = this.#policies.find(({ allowOrigins }) => allowOrigins.length > 0)?.allowOrigins ?? [];
    return origins.some((pattern) => pattern.match('*') || pattern.match(origin));
  }

  #first<K extends keyof CorsPolicy>(field: K): CorsPolicy[K] | undefined {
    return this.#policies.find((policy) => policy[field] !== undefined && policy[field] !== '')?.[field];
  }

  #preflightResponse(request: RequestHeaderMap): ResponseHeaders {
    const response = ResponseHeaders.withStatus(200);
    if (this.#allowedOrigin !== '') response.set(HeaderNames.AccessControlAllowOrigin, this.#allowedOrigin);
    if (this.#first('allowCredentials') === true) response.set(HeaderNames.AccessControlAllowCredentials, 'true');
    const methods = echoed(this.#first('allowMethods'), request, HeaderNames.AccessControlRequestMethod);
    if (methods !== undefined) response.set(HeaderNames.AccessControlAllowMethods, methods);
    const names = echoed(this.#first('allowHeaders'), request, HeaderNames.AccessControlRequestHeaders);
    if (names !== undefined) response.set(HeaderNames.AccessControlAllowHeaders, names);
    const maxAge = this.#first('maxAge');
    if (maxAge !== undefined) response.set(HeaderNames.AccessControlMaxAge, maxAge);
    const isPrivate = request.get(HeaderNames.AccessControlRequestPrivateNetwork) === 'true';
    if (isPrivate && this.#first('allowPrivateNetworkAccess') === true) {
      response.set(HeaderNames.AccessControlAllowPrivateNetwork, 'true');
    }
    return response;
  }
}

function isPreflight(headers: RequestHeaderMap): boolean {
  const method = headers.get(HeaderNames.AccessControlRequestMethod);
  return headers.method === 'OPTIONS' && method !== undefined && method !== '';
}

/** `*` stands for what the request asks for. */
function echoed(allowed: string | undefined, request: RequestHeaderMap, name: string): string | undefined {
  return allowed === '*' ? (request.get(name) ?? '') : allowed;
}
