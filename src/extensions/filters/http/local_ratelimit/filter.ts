import type { RequestHeaderMap, ResponseHeaderMap } from '../../../../../sdk/headers.ts';
import type { DecoderFilterCallbacks, FilterHeadersStatus, HttpFilter, LocalReply } from '../../../../../sdk/http.ts';
import type { RateLimitDescriptor, RateLimitPolicy, Route } from '../../../../../sdk/router.ts';
import type { FilterStateObject } from '../../../../../sdk/stream-info.ts';
import { HeaderNames } from '../../../../common/headers/names.ts';
import { isDrawn } from '../../../../common/router/runtime-fraction.ts';
import type { LocalRateLimitConfig } from './config.ts';
import type { LimiterPool } from './limiter-pool.ts';
import type { RateLimiter, Verdict } from './rate-limiter.ts';

const LIMITED = 'local_rate_limited';
const PER_CONNECTION = 'per_connection_local_rate_limiter';
const NO_DESCRIPTORS: readonly RateLimitDescriptor[] = [];

interface ConnectionLimiter extends FilterStateObject {
  readonly limiter: RateLimiter;
}

export class LocalRateLimitFilter implements HttpFilter {
  readonly #pool: LimiterPool;
  #config: LocalRateLimitConfig;
  #callbacks!: DecoderFilterCallbacks;
  #verdict: Verdict | undefined = undefined;

  constructor(config: LocalRateLimitConfig, pool: LimiterPool) {
    this.#config = config;
    this.#pool = pool;
  }

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.#callbacks = callbacks;
  }

  decodeHeaders(headers: RequestHeaderMap): FilterHeadersStatus {
    this.#config = this.#callbacks.perRouteConfig<LocalRateLimitConfig>() ?? this.#config;
    const { filterEnabled, filterEnforced, requestMutations, perConnection } = this.#config;
    if (!isDrawn(filterEnabled, this.#pool.runtime, false)) return 'Continue';
    const { stats, limiter } = this.#pool.of(this.#config);
    stats.enabled.inc();
    const verdict = (perConnection ? this.#connectionLimiter() : limiter).check(this.#descriptors(headers));
    this.#verdict = verdict;
    if (verdict.outcome === 'ok') {
      stats.ok.inc();
      return 'Continue';
    }
    stats.rateLimited.inc();
    if (verdict.outcome === 'shadowed') {
      stats.shadowMode.inc();
      return 'Continue';
    }
    if (!isDrawn(filterEnforced, this.#pool.runtime, false)) {
      requestMutations?.applyToRequest(headers, this.#callbacks.streamInfo);
      return 'Continue';
    }
    stats.enforced.inc();
    this.#callbacks.sendLocalReply(this.#reply(headers, verdict));
    this.#callbacks.streamInfo.setResponseFlag('RL');
    return 'StopIteration';
  }

  encodeHeaders(headers: ResponseHeaderMap): FilterHeadersStatus {
    const { bucket, xRateLimitOption: option } = this.#verdict ?? {};
    if (bucket === undefined) return 'Continue';
    if (option === 'UNSPECIFIED' ? this.#config.xRateLimitHeaders : option !== 'OFF') {
      headers.add('x-ratelimit-limit', String(bucket.maxTokens));
      headers.add('x-ratelimit-remaining', String(bucket.remainingTokens));
      headers.add('x-ratelimit-reset', String(bucket.resetSeconds));
    }
    return 'Continue';
  }

  #reply(requestHeaders: RequestHeaderMap, { bucket }: Verdict): LocalReply {
    const { status, grpcStatus, responseMutations, retryAfterHeader } = this.#config;
    const { streamInfo } = this.#callbacks;
    return {
      status,
      body: LIMITED,
      details: LIMITED,
      ...(grpcStatus === undefined ? {} : { grpcStatus }),
      modifyHeaders(headers) {
        responseMutations?.applyToResponse(headers, requestHeaders, streamInfo);
        if (retryAfterHeader && bucket !== undefined) {
          headers.set(HeaderNames.RetryAfter, String(bucket.resetSeconds));
        }
      },
    };
  }

  #connectionLimiter(): RateLimiter {
    const { filterState } = this.#callbacks.streamInfo;
    const known = filterState.get(PER_CONNECTION) as ConnectionLimiter | undefined;
    if (known !== undefined) return known.limiter;
    const limiter = this.#pool.createOwn(this.#config);
    filterState.set(PER_CONNECTION, { limiter } as ConnectionLimiter, true, 'Connection');
    return limiter;
  }

  #descriptors(headers: RequestHeaderMap): readonly RateLimitDescriptor[] {
    const { descriptors, rateLimits } = this.#config;
    if (descriptors.length === 0) return NO_DESCRIPTORS;
    const route = this.#callbacks.route();
    if (rateLimits.length > 0) return this.#evaluate(rateLimits, headers, route);
    return this.#evaluate(this.#routePolicies(route), headers, route);
  }

  #routePolicies(route: Route | undefined): readonly RateLimitPolicy[] {
    const entry = route?.routeEntry;
    if (route === undefined || entry === undefined) return [];
    const { stage, virtualHostRateLimits } = this.#config;
    const mode = entry.includeVirtualHostRateLimits ? 'INCLUDE' : virtualHostRateLimits;
    const addsVirtualHost = mode === 'INCLUDE' || (mode === 'OVERRIDE' && entry.rateLimits.length === 0);
    const all = addsVirtualHost ? [...entry.rateLimits, ...route.virtualHost.rateLimits] : entry.rateLimits;
    return all.filter((policy) => policy.stage === stage && policy.disableKey === '');
  }

  #evaluate(
    policies: readonly RateLimitPolicy[],
    headers: RequestHeaderMap,
    route: Route | undefined,
  ): readonly RateLimitDescriptor[] {
    const { streamInfo } = this.#callbacks;
    const clusterMetadata = this.#callbacks.clusterInfo()?.metadata;
    const localCluster = this.#pool.localInfo.clusterName;
    const input = { headers, streamInfo, route, clusterMetadata, localCluster };
    return policies.flatMap((policy) => (policy.applyOnStreamDone ? [] : (policy.descriptor(input) ?? [])));
  }
}
