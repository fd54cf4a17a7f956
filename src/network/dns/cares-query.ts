import { Resolver } from 'node:dns';
import type { Dispatcher } from '../../../sdk/event.ts';
import { IpAddress } from '../../common/network/address.ts';
import type { Question } from './name-servers.ts';
import { BAD_NAME, type RecordsAnswer } from './records.ts';

/**
 * The runtime's c-ares, one server and one try at a time: asked to try again itself, it takes the first server's refusal
 * for an answer. A server and its timeout are set when a resolver is made: each pair has one.
 */
export class CaresQueries implements Disposable {
  readonly #dispatcher: Dispatcher;
  readonly #resolvers = new Map<string, KeptResolver>();
  /** Those that still wait for answers, but are asked no more. */
  readonly #retired = new Set<KeptResolver>();
  readonly #maxQueries: number;

  /** @param maxQueries so many leave by the same socket */
  constructor(dispatcher: Dispatcher, maxQueries = Number.POSITIVE_INFINITY) {
    this.#dispatcher = dispatcher;
    this.#maxQueries = maxQueries;
  }

  /** The next questions leave by fresh sockets; those that were asked wait for their answers where they are. */
  renew(): void {
    for (const key of this.#resolvers.keys()) this.#retire(key);
  }

  readonly ask = (
    server: string,
    { name, version }: Question,
    timeoutMs: number,
    callback: (answer: RecordsAnswer) => void,
  ): void => {
    const kept = this.#resolverOf(server, timeoutMs);
    const { resolver } = kept;
    const finish = this.#onceInTime(timeoutMs, callback);
    const onRecords = (
      error: NodeJS.ErrnoException | null,
      found: readonly { address: string; ttl: number }[],
    ): void => {
      kept.pending--;
      if (kept.pending === 0) this.#retired.delete(kept);
      if (error !== null) finish({ records: [], code: error.code ?? 'EBADRESP' });
      else finish({ records: found.map(recordOf) });
    };
    try {
      if (version === 4) resolver.resolve4(name, { ttl: true }, onRecords);
      else resolver.resolve6(name, { ttl: true }, onRecords);
      kept.pending++;
    } catch {
      finish({ records: [], code: BAD_NAME });
    }
  };

  [Symbol.dispose](): void {
    this.renew();
    for (const { resolver } of this.#retired) resolver.cancel();
    this.#retired.clear();
  }

  /** The runtime looks at its own timeouts once a second only: late answers are none. */
  #onceInTime(timeoutMs: number, callback: (answer: RecordsAnswer) => void): (answer: RecordsAnswer) => void {
    let ended = false;
    const finish = (answer: RecordsAnswer): void => {
      if (ended) return;
      ended = true;
      timer[Symbol.dispose]();
      callback(answer);
    };
    const timer = this.#dispatcher.createTimer(() => finish({ records: [], code: 'ETIMEOUT' }));
    timer.enableTimer(timeoutMs);
    return finish;
  }

  #resolverOf(server: string, timeoutMs: number): KeptResolver {
    const key = `${server} ${timeoutMs}`;
    const known = this.#resolvers.get(key);
    if (known !== undefined && known.queries < this.#maxQueries) {
      known.queries++;
      return known;
    }
    this.#retire(key);
    const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
    resolver.setServers([server]);
    const kept = { resolver, queries: 1, pending: 0 };
    this.#resolvers.set(key, kept);
    return kept;
  }

  #retire(key: string): void {
    const kept = this.#resolvers.get(key);
    this.#resolvers.delete(key);
    if (kept !== undefined && kept.pending > 0) this.#retired.add(kept);
  }
}

interface KeptResolver {
  readonly resolver: Resolver;
  queries: number;
  /** Without an answer so far. */
  pending: number;
}

function recordOf({ address, ttl }: { address: string; ttl: number }) {
  return { address: new IpAddress(address, 0), ttlSeconds: ttl };
}

/** Those of the system's configuration, as it is now. */
export function systemServers(): readonly string[] {
  return new Resolver().getServers();
}
