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
  readonly #resolvers = new Map<string, Resolver>();

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
  }

  readonly ask = (
    server: string,
    { name, version }: Question,
    timeoutMs: number,
    callback: (answer: RecordsAnswer) => void,
  ): void => {
    const finish = this.#onceInTime(timeoutMs, callback);
    const onRecords = (
      error: NodeJS.ErrnoException | null,
      found: readonly { address: string; ttl: number }[],
    ): void => {
      if (error !== null) finish({ records: [], code: error.code ?? 'EBADRESP' });
      else finish({ records: found.map(recordOf) });
    };
    const resolver = this.#resolverOf(server, timeoutMs);
    try {
      if (version === 4) resolver.resolve4(name, { ttl: true }, onRecords);
      else resolver.resolve6(name, { ttl: true }, onRecords);
    } catch {
      finish({ records: [], code: BAD_NAME });
    }
  };

  [Symbol.dispose](): void {
    for (const resolver of this.#resolvers.values()) resolver.cancel();
    this.#resolvers.clear();
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

  #resolverOf(server: string, timeoutMs: number): Resolver {
    const key = `${server} ${timeoutMs}`;
    const known = this.#resolvers.get(key);
    if (known !== undefined) return known;
    const resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
    resolver.setServers([server]);
    this.#resolvers.set(key, resolver);
    return resolver;
  }
}

function recordOf({ address, ttl }: { address: string; ttl: number }) {
  return { address: new IpAddress(address, 0), ttlSeconds: ttl };
}

/** Those of the system's configuration, as it is now. */
export function systemServers(): readonly string[] {
  return new Resolver().getServers();
}
