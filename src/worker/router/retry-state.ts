import type { StreamResetReason } from '../../../sdk/codec.ts';
import type { Dispatcher, Random, Timer } from '../../../sdk/event.ts';
import type { Runtime } from '../../../sdk/extension.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type {
  HeaderPredicate,
  RateLimitedBackOff,
  RetryHostPredicate,
  RetryPolicy,
  RetryPriority,
  RouteStats,
} from '../../../sdk/router.ts';
import type { ClusterInfo, Host, Resource } from '../../../sdk/upstream.ts';
import { traitsOf } from '../../common/headers/header-entries.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import { Trait } from '../../common/headers/traits.ts';
import { parseRetryGrpcOn, parseRetryOn } from '../../common/router/retry-on.ts';
import { JitteredExponentialBackOff, jitteredLowerBoundMs } from './back-off.ts';
import { integerHeader } from './final-timeout.ts';
import { type RetryConditions, wouldRetryFromHeaders, wouldRetryFromReset } from './retry-decision.ts';

export type RetryStatus = 'No' | 'NoOverflow' | 'NoRetryLimitExceeded' | 'Yes';

/** What retries of a request stand on. */
export interface RetryContext {
  readonly cluster: ClusterInfo;
  /** Circuit breaker of the cluster's retries at the route's priority. */
  readonly retries: Resource;
  readonly virtualCluster: RouteStats | undefined;
  readonly route: RouteStats | undefined;
  readonly runtime: Runtime;
  readonly random: Random;
  readonly dispatcher: Dispatcher;
  /** A retry is decided on: its cluster when it is another one. It is there that the retry counts. */
  readonly refreshCluster: () => ClusterInfo | undefined;
  /** The back-off is over. */
  readonly onRetry: () => void;
}

const DEFAULT_BASE_INTERVAL_MS = 25;

/** Whether a request may be tried again at all: most may not. */
export function asksForRetries(policy: RetryPolicy | undefined, headers: RequestHeaderMap): boolean {
  if (policy !== undefined && policy.retryOn !== 0) return true;
  if ((traitsOf(headers) & Trait.internalOnly) === 0) return false;
  return headers.has(HeaderNames.EnvoyRetryOn) || headers.has(HeaderNames.EnvoyRetryGrpcOn);
}

/** They are for us, not for the upstream. */
export function removeRetryHeaders(headers: RequestHeaderMap): void {
  if ((traitsOf(headers) & Trait.internalOnly) === 0) return;
  for (let i = 0; i < RETRY_HEADERS.length; i++) headers.remove(RETRY_HEADERS[i] as string);
}

const RETRY_HEADERS: readonly string[] = [
  HeaderNames.EnvoyRetryOn,
  HeaderNames.EnvoyRetryGrpcOn,
  HeaderNames.EnvoyMaxRetries,
  HeaderNames.EnvoyRetriableHeaderNames,
  HeaderNames.EnvoyRetriableStatusCodes,
];

/** Whether, when and where to a request is tried again (Envoy's RetryStateImpl). */
export class RetryState implements RetryConditions {
  readonly retryOn: number;
  readonly statusCodes: readonly number[];
  readonly headers: readonly HeaderPredicate[];
  readonly hostSelectionMaxAttempts: number;
  readonly priority: RetryPriority | undefined;
  readonly #context: RetryContext;
  readonly #backOff: JitteredExponentialBackOff;
  readonly #rateLimited: RateLimitedBackOff | undefined;
  readonly #hostPredicates: readonly RetryHostPredicate[];
  #cluster: ClusterInfo;
  #remaining: number;
  #timer: Timer | undefined = undefined;
  /** A retry is waiting or under way: it holds one of the circuit breaker's. */
  #armed = false;

  constructor(policy: RetryPolicy | undefined, headers: RequestHeaderMap, context: RetryContext) {
    this.#context = context;
    this.#cluster = context.cluster;
    this.retryOn = retryOnOf(policy, headers);
    this.statusCodes = statusCodesOf(policy, headers);
    this.headers = retriableHeadersOf(policy, headers);
    const maxRetries = integerHeader(headers.get(HeaderNames.EnvoyMaxRetries));
    this.#remaining = (this.retryOn === 0 ? undefined : maxRetries) ?? policy?.numRetries ?? 1;
    const baseMs =
      policy?.baseIntervalMs ??
      context.runtime.snapshot.getInteger('upstream.base_retry_backoff_ms', DEFAULT_BASE_INTERVAL_MS);
    this.#backOff = new JitteredExponentialBackOff(baseMs, policy?.maxIntervalMs ?? baseMs * 10, context.random);
    this.#rateLimited = policy?.rateLimitedBackOff;
    this.hostSelectionMaxAttempts = policy?.hostSelectionMaxAttempts ?? 1;
    this.#hostPredicates = policy === undefined ? [] : policy.hostPredicates.map((create) => create());
    this.priority = policy?.retryPriority?.();
  }

  /** Whether the request must be kept for another attempt. */
  get enabled(): boolean {
    return this.retryOn !== 0;
  }

  wouldRetryFromHeaders(response: ResponseHeaderMap): boolean {
    return wouldRetryFromHeaders(this, response);
  }

  shouldRetryHeaders(response: ResponseHeaderMap): RetryStatus {
    const would = wouldRetryFromHeaders(this, response);
    return this.#shouldRetry(would, would ? this.#resetIntervalMs(response) : undefined);
  }

  shouldRetryReset(reason: StreamResetReason, requestStarted: boolean): RetryStatus {
    return this.#shouldRetry(wouldRetryFromReset(this, reason, requestStarted), undefined);
  }

  /** A second request beside one that takes long: whatever the conditions. */
  shouldHedgeRetryPerTryTimeout(): RetryStatus {
    return this.#shouldRetry(true, undefined);
  }

  onHostAttempted(host: Host): void {
    for (const predicate of this.#hostPredicates) predicate.onHostAttempted(host);
    this.priority?.onHostAttempted(host);
  }

  shouldSelectAnotherHost(host: Host): boolean {
    return this.#hostPredicates.some((predicate) => predicate.shouldSelectAnotherHost(host));
  }

  /** No retry any more. */
  end(): void {
    this.#release();
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }

  #shouldRetry(would: boolean, rateLimitedMs: number | undefined): RetryStatus {
    const { virtualCluster, route, runtime, retries } = this.#context;
    const stats = this.#cluster.trafficStats;
    // A retry that is under way and has nothing to be retried for is one that helped.
    if (this.#armed && !would) {
      stats.upstreamRqRetrySuccess.inc();
      virtualCluster?.upstreamRqRetrySuccess.inc();
      route?.upstreamRqRetrySuccess.inc();
    }
    this.#release();
    if (!would) return 'No';
    if (this.#remaining === 0) {
      stats.upstreamRqRetryLimitExceeded.inc();
      virtualCluster?.upstreamRqRetryLimitExceeded.inc();
      route?.upstreamRqRetryLimitExceeded.inc();
      return 'NoRetryLimitExceeded';
    }
    this.#remaining--;
    if (!retries.canCreate()) {
      stats.upstreamRqRetryOverflow.inc();
      virtualCluster?.upstreamRqRetryOverflow.inc();
      route?.upstreamRqRetryOverflow.inc();
      return 'NoOverflow';
    }
    if (!runtime.snapshot.featureEnabled('upstream.use_retry', 100)) return 'No';
    this.#arm(rateLimitedMs);
    return 'Yes';
  }

  #arm(rateLimitedMs: number | undefined): void {
    const { virtualCluster, route, retries, dispatcher, onRetry, random } = this.#context;
    this.#armed = true;
    retries.inc();
    this.#cluster = this.#context.refreshCluster() ?? this.#cluster;
    const stats = this.#cluster.trafficStats;
    stats.upstreamRqRetry.inc();
    virtualCluster?.upstreamRqRetry.inc();
    route?.upstreamRqRetry.inc();
    this.#timer ??= dispatcher.createTimer(onRetry);
    if (rateLimitedMs === undefined) {
      stats.upstreamRqRetryBackoffExponential.inc();
      this.#timer.enableTimer(this.#backOff.nextBackOffMs());
    } else {
      stats.upstreamRqRetryBackoffRatelimited.inc();
      this.#timer.enableTimer(jitteredLowerBoundMs(rateLimitedMs, random));
    }
  }

  #release(): void {
    if (!this.#armed) return;
    this.#armed = false;
    this.#context.retries.dec();
    this.#timer?.disableTimer();
  }

  /** What the upstream says about when it will take requests again; undefined when it does not, or says too much. */
  #resetIntervalMs(response: ResponseHeaderMap): number | undefined {
    const rateLimited = this.#rateLimited;
    if (rateLimited === undefined) return undefined;
    for (const { name, format } of rateLimited.resetHeaders) {
      const value = integerHeader(response.get(name));
      if (value === undefined) continue;
      const nowS = Math.floor(this.#context.dispatcher.timeSource.systemTimeMs() / 1000);
      const intervalMs = (format === 'SECONDS' ? value : value - nowS) * 1000;
      if (intervalMs > 1 && intervalMs <= rateLimited.maxIntervalMs) return intervalMs;
    }
    return undefined;
  }
}

function retryOnOf(policy: RetryPolicy | undefined, headers: RequestHeaderMap): number {
  const retryOn =
    (policy?.retryOn ?? 0) |
    parseRetryOn(headers.get(HeaderNames.EnvoyRetryOn) ?? '').bits |
    parseRetryGrpcOn(headers.get(HeaderNames.EnvoyRetryGrpcOn) ?? '').bits;
  const required = policy?.retriableRequestHeaders ?? [];
  return required.length === 0 || required.some((matcher) => matcher.matches(headers)) ? retryOn : 0;
}

function statusCodesOf(policy: RetryPolicy | undefined, headers: RequestHeaderMap): readonly number[] {
  const configured = policy?.retriableStatusCodes ?? [];
  const list = headers.get(HeaderNames.EnvoyRetriableStatusCodes);
  if (list === undefined) return configured;
  const codes = list.split(',').map(integerHeader);
  return [...configured, ...codes.filter((code) => code !== undefined)];
}

function retriableHeadersOf(policy: RetryPolicy | undefined, headers: RequestHeaderMap): readonly HeaderPredicate[] {
  const configured = policy?.retriableHeaders ?? [];
  const list = headers.get(HeaderNames.EnvoyRetriableHeaderNames);
  if (list === undefined) return configured;
  const names = list.split(',').map((name) => name.trim().toLowerCase());
  return [...configured, ...names.map((name) => ({ matches: (response: HeaderMap) => response.has(name) }))];
}
