import type { Dispatcher, Timer } from '../../../sdk/event.ts';
import type { DnsOptions } from '../../common/upstream/dns-options.ts';
import type { ActiveDnsQuery, DnsResolver, DnsResponse, DnsResult } from '../../network/dns/resolver.ts';
import type { ClusterStats } from './cluster-stats.ts';

export type { DnsResponse };

export interface DnsRefreshOptions {
  readonly dispatcher: Dispatcher;
  readonly dns: DnsResolver;
  readonly options: DnsOptions;
  readonly stats: ClusterStats;
  /** Whether a name without addresses is one that could not be resolved. */
  readonly emptyIsFailure: boolean;
  /** Which TTL counts, in seconds; not asked without responses. 0 = none does. */
  ttlOf(responses: readonly DnsResponse[]): number;
  /** The name was resolved; no responses = it has no address. */
  onResolved(responses: readonly DnsResponse[]): void;
  /** After every answer, good or bad. */
  onAnswer(): void;
}

/** Resolves a name again and again: after its TTL, after the refresh rate, or sooner or later after a failure. */
export class DnsRefresh implements Disposable {
  readonly #name: string;
  readonly #parts: DnsRefreshOptions;
  readonly #timer: Timer;
  #query: ActiveDnsQuery | undefined;
  #nextFailureIntervalMs: number;

  constructor(name: string, parts: DnsRefreshOptions) {
    this.#name = name;
    this.#parts = parts;
    this.#nextFailureIntervalMs = parts.options.failureBaseIntervalMs;
    this.#timer = parts.dispatcher.createTimer(() => this.start());
  }

  start(): void {
    this.#parts.stats.updateAttempt.inc();
    this.#query = this.#parts.dns.resolve(this.#name, this.#parts.options.lookupFamily, (result) => {
      this.#query = undefined;
      this.#onResult(result);
    });
  }

  [Symbol.dispose](): void {
    this.#query?.cancel();
    this.#query = undefined;
    this.#timer[Symbol.dispose]();
  }

  #onResult(result: DnsResult): void {
    const { stats, emptyIsFailure, onResolved, onAnswer } = this.#parts;
    if (result.status === 'Completed' && !(emptyIsFailure && result.responses.length === 0)) {
      stats.updateSuccess.inc();
      onResolved(result.responses);
      this.#nextFailureIntervalMs = this.#parts.options.failureBaseIntervalMs;
      this.#timer.enableTimer(this.#refreshMs(result.responses));
    } else {
      stats.updateFailure.inc();
      this.#timer.enableTimer(this.#nextFailureMs());
    }
    onAnswer();
  }

  #refreshMs(responses: readonly DnsResponse[]): number {
    const { refreshRateMs, respectTtl, minTtlMs, jitterMs } = this.#parts.options;
    const ttlMs = respectTtl && responses.length > 0 ? this.#parts.ttlOf(responses) * 1000 : 0;
    const baseMs = ttlMs > 0 ? Math.max(ttlMs, minTtlMs) : refreshRateMs;
    return jitterMs > 0 ? baseMs + (this.#parts.dispatcher.random.random() % Math.ceil(jitterMs)) : baseMs;
  }

  /** With a configured rate: a random part of an interval that doubles. Without: the refresh rate. */
  #nextFailureMs(): number {
    const { failureBaseIntervalMs, failureMaxIntervalMs } = this.#parts.options;
    if (failureBaseIntervalMs === failureMaxIntervalMs) return failureBaseIntervalMs;
    const intervalMs = this.#nextFailureIntervalMs;
    this.#nextFailureIntervalMs = Math.min(intervalMs * 2, failureMaxIntervalMs);
    return this.#parts.dispatcher.random.random() % Math.max(1, Math.floor(intervalMs));
  }
}
