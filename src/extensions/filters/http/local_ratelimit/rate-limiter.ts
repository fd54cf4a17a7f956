import type { TimeSource } from '../../../../../sdk/event.ts';
import type { SharedNumber } from '../../../../../sdk/extension.ts';
import type { RateLimitDescriptor, XRateLimitOption } from '../../../../../sdk/router.ts';
import { TokenBucket, type TokenBucketConfig } from '../../common/local_ratelimit/token-bucket.ts';
import type { DescriptorLimit, LocalRateLimitConfig } from './config.ts';

/** Where the buckets of a limiter are: of all threads by their key, or of one connection. */
export interface RateLimiterContext {
  readonly timeSource: TimeSource;
  number(key: string): SharedNumber;
}

export interface Verdict {
  readonly outcome: 'ok' | 'limited' | 'shadowed';
  /** Whose figures the response tells. */
  readonly bucket: TokenBucket | undefined;
  readonly xRateLimitOption: XRateLimitOption;
}

interface Match {
  readonly bucket: TokenBucket;
  readonly hits: number;
  readonly shadowMode: boolean;
  readonly xRateLimitOption: XRateLimitOption;
}

type Entries = RateLimitDescriptor['entries'];

/** The buckets of one configuration (Envoy's LocalRateLimiterImpl). */
export class RateLimiter {
  readonly #context: RateLimiterContext;
  readonly #default: TokenBucket | undefined;
  readonly #alwaysConsumeDefault: boolean;
  readonly #exact = new Map<string, { readonly bucket: TokenBucket; readonly shadowMode: boolean }>();
  readonly #wildcards: readonly DynamicBuckets[];

  constructor(config: LocalRateLimitConfig, context: RateLimiterContext) {
    this.#context = context;
    this.#alwaysConsumeDefault = config.alwaysConsumeDefault;
    this.#default = config.bucket && this.#createBucket(config.bucket, 'default');
    for (const limit of config.descriptors) {
      if (limit.isWildcard) continue;
      const key = keyOf(limit.entries);
      this.#exact.set(key, { bucket: this.#createBucket(limit.bucket, key), shadowMode: limit.shadowMode });
    }
    this.#wildcards = config.descriptors
      .filter(({ isWildcard }) => isWildcard)
      .map((limit) => new DynamicBuckets(limit, config.maxDynamicDescriptors, context));
  }

  /** The strictest of the descriptors' buckets is asked first; one that has not enough ends it, unless it is a shadow. */
  check(descriptors: readonly RateLimitDescriptor[]): Verdict {
    const matches = descriptors.flatMap((descriptor) => this.#match(descriptor));
    matches.sort((left, right) => left.bucket.fillRate - right.bucket.fillRate);
    let shadowed: Match | undefined;
    for (const match of matches) {
      if (match.bucket.consume(match.hits)) continue;
      if (!match.shadowMode) return { ...match, outcome: 'limited' };
      shadowed ??= match;
    }
    const [first] = matches;
    const told = { bucket: first?.bucket ?? this.#default, xRateLimitOption: first?.xRateLimitOption ?? 'UNSPECIFIED' };
    const asksDefault = this.#default !== undefined && (first === undefined || this.#alwaysConsumeDefault);
    if (asksDefault && this.#default?.consume(1) === false) {
      return { outcome: 'limited', bucket: this.#default, xRateLimitOption: 'UNSPECIFIED' };
    }
    return shadowed === undefined ? { outcome: 'ok', ...told } : { ...shadowed, outcome: 'shadowed' };
  }

  #match({ entries, hitsAddend: hits = 1, xRateLimitOption }: RateLimitDescriptor): readonly Match[] {
    const key = keyOf(entries);
    const exact = this.#exact.get(key);
    if (exact !== undefined) return [{ ...exact, hits, xRateLimitOption }];
    for (const dynamic of this.#wildcards) {
      if (!dynamic.matches(entries)) continue;
      return [{ bucket: dynamic.bucketOf(key), shadowMode: dynamic.shadowMode, hits, xRateLimitOption }];
    }
    return [];
  }

  #createBucket(config: TokenBucketConfig, key: string): TokenBucket {
    return new TokenBucket(config, this.#context.number(key), this.#context.timeSource);
  }
}

/** Of a descriptor that leaves values open: a bucket for each combination of them, the least recently used one given up. */
class DynamicBuckets {
  readonly shadowMode: boolean;
  readonly #limit: DescriptorLimit;
  readonly #max: number;
  readonly #context: RateLimiterContext;
  readonly #buckets = new Map<string, { readonly bucket: TokenBucket; readonly number: SharedNumber }>();

  constructor(limit: DescriptorLimit, max: number, context: RateLimiterContext) {
    this.shadowMode = limit.shadowMode;
    this.#limit = limit;
    this.#max = max;
    this.#context = context;
  }

  matches(entries: Entries): boolean {
    const own = this.#limit.entries;
    return (
      entries.length === own.length &&
      own.every(({ key, value }, i) => key === entries[i]?.key && (value === '' || value === entries[i]?.value))
    );
  }

  bucketOf(key: string): TokenBucket {
    const known = this.#buckets.get(key) ?? this.#create(key);
    this.#buckets.delete(key);
    this.#buckets.set(key, known);
    if (this.#buckets.size > this.#max) this.#giveUpOldest();
    return known.bucket;
  }

  #create(key: string) {
    const number = this.#context.number(`${keyOf(this.#limit.entries)}/${key}`);
    return { number, bucket: new TokenBucket(this.#limit.bucket, number, this.#context.timeSource) };
  }

  #giveUpOldest(): void {
    for (const [key, { number }] of this.#buckets) {
      number[Symbol.dispose]();
      this.#buckets.delete(key);
      return;
    }
  }
}

export function keyOf(entries: Entries): string {
  return entries.map(({ key, value }) => `${key}\0${value}\0`).join('');
}
