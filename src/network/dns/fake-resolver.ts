import type { Dispatcher } from '../../../sdk/event.ts';
import { IpAddress } from '../../common/network/address.ts';
import { noRecords, type RecordsAnswer, resultOf } from './records.ts';
import type { ActiveDnsQuery, DnsLookupFamily, DnsResolver, DnsResult } from './resolver.ts';

/** A resolver that answers what a test has set, after a time on its dispatcher. */
export class FakeDnsResolver implements DnsResolver {
  readonly #dispatcher: Dispatcher;
  readonly #answers = new Map<string, RecordsAnswer>();
  /** Names asked for, in order. */
  readonly queries: string[] = [];
  /** Time that an answer takes. */
  delayMs = 0;

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
  }

  /** @param ttls in seconds, of each address, or of all the same */
  set(name: string, addresses: readonly string[], ttls: number | readonly number[] = 60): void {
    const records = addresses.map((address, index) => {
      const ttlSeconds = typeof ttls === 'number' ? ttls : (ttls[index] ?? 0);
      const parsed = IpAddress.parse(address, 0);
      if (parsed === undefined) throw new Error(`${address} is no IP address`);
      return { address: parsed, ttlSeconds };
    });
    this.#answers.set(name, { records });
  }

  /** @param code of c-ares: `ESERVFAIL`, `ETIMEOUT`, … */
  fail(name: string, code: string): void {
    this.#answers.set(name, { records: [], code });
  }

  resolve(name: string, family: DnsLookupFamily, callback: (result: DnsResult) => void): ActiveDnsQuery {
    this.queries.push(name);
    const timer = this.#dispatcher.createTimer(() => callback(this.#resultOf(name, family)));
    timer.enableTimer(this.delayMs);
    return { cancel: () => timer.disableTimer() };
  }

  [Symbol.dispose](): void {
    this.#answers.clear();
  }

  #resultOf(name: string, family: DnsLookupFamily): DnsResult {
    const answer = this.#answers.get(name) ?? noRecords;
    if ('code' in answer) return resultOf([answer]);
    const of = (version: 4 | 6) => answer.records.filter(({ address }) => address.ipVersion === version);
    const [v4, v6] = [of(4), of(6)];
    const records = {
      V4_ONLY: v4,
      V6_ONLY: v6,
      ALL: [...v4, ...v6],
      AUTO: v6.length > 0 ? v6 : v4,
      V4_PREFERRED: v4.length > 0 ? v4 : v6,
    }[family];
    return resultOf([records.length > 0 ? { records } : noRecords]);
  }
}
