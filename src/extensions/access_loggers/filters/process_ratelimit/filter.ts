import type { FollowedContents, FollowedFile } from '../../../../../sdk/config.ts';
import type { ServerFactoryContext, SharedNumber } from '../../../../../sdk/extension.ts';
import type { Counter } from '../../../../../sdk/stats.ts';
import type { AccessLogFilter } from '../../../../common/access-log/access-log-filter.ts';
import { TokenBucket, type TokenBucketConfig } from '../../../filters/common/local_ratelimit/token-bucket.ts';

/** A bucket that stands in a file of discovery and may change. */
export interface DiscoveredBucket {
  readonly name: string;
  readonly file: FollowedFile;
  open(contents: FollowedContents): TokenBucketConfig;
}

/** A thread's view of the bucket of all threads: whenever the resource has changed, it is another, full one. */
class CurrentBucket {
  readonly #bucket: DiscoveredBucket;
  readonly #context: ServerFactoryContext;
  #tokens: TokenBucket | undefined = undefined;
  #number: SharedNumber | undefined = undefined;

  constructor(bucket: DiscoveredBucket, context: ServerFactoryContext) {
    this.#bucket = bucket;
    this.#context = context;
    const { current } = bucket.file;
    if (current !== undefined) this.#renew(current);
    bucket.file.onChange((contents) => this.#renew(contents));
  }

  consume(): boolean {
    return this.#tokens?.consume(1) ?? false;
  }

  #renew(contents: FollowedContents): void {
    const old = this.#number;
    this.#number = this.#context.sharedNumber(`access logs ${this.#bucket.name} ${contents.version}`);
    this.#tokens = new TokenBucket(this.#bucket.open(contents), this.#number, this.#context.timeSource);
    old?.[Symbol.dispose]();
  }
}

/** Lets through what there is a token for. */
export class ProcessRateLimit implements AccessLogFilter {
  readonly #bucket: CurrentBucket;
  readonly #allowed: Counter;
  readonly #denied: Counter;

  constructor(bucket: DiscoveredBucket, context: ServerFactoryContext) {
    const scope = context.scope.scope('access_log.process_ratelimit');
    this.#allowed = scope.counter('allowed');
    this.#denied = scope.counter('denied');
    this.#bucket = context.singleton(`process_ratelimit ${bucket.name}`, () => new CurrentBucket(bucket, context));
  }

  evaluate(): boolean {
    const isAllowed = this.#bucket.consume();
    if (isAllowed) this.#allowed.inc();
    else this.#denied.inc();
    return isAllowed;
  }
}
