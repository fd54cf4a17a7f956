import { ADDRCONFIG, lookup } from 'node:dns';
import type { Dispatcher } from '../../../sdk/event.ts';
import { IpAddress } from '../../common/network/address.ts';
import type { GetAddrInfoResolverConfig } from '../../common/upstream/dns-resolver-config.ts';
import type { ActiveDnsQuery, DnsLookupFamily, DnsResolver, DnsResponse, DnsResult } from './resolver.ts';

/** What the system is asked: addresses in its order, or the code of its refusal. */
export type LookUp = (name: string, callback: (answer: readonly string[] | { readonly code: string }) => void) => void;

interface Query {
  readonly name: string;
  readonly family: DnsLookupFamily;
  readonly callback: (result: DnsResult) => void;
  /** How often it may still be asked; undefined = ever again. */
  tries: number | undefined;
  cancelled: boolean;
}

/** The system tells no TTLs; this is Envoy's. */
const TTL_SECONDS = 60;

/** Resolves as the system's programs do (Envoy's GetAddrInfoDnsResolver): files, name servers, whatever it is told to. */
export class GetAddrInfoDnsResolver implements DnsResolver {
  readonly #dispatcher: Dispatcher;
  readonly #config: GetAddrInfoResolverConfig;
  readonly #lookUp: LookUp;
  #waiting: Query[] = [];
  #asking = 0;

  constructor(dispatcher: Dispatcher, config: GetAddrInfoResolverConfig, lookUp: LookUp = systemLookUp) {
    this.#dispatcher = dispatcher;
    this.#config = config;
    this.#lookUp = lookUp;
  }

  resolve(name: string, family: DnsLookupFamily, callback: (result: DnsResult) => void): ActiveDnsQuery {
    const { retries } = this.#config;
    const tries = retries === undefined ? undefined : retries + 1;
    const query: Query = { name, family, callback, tries, cancelled: false };
    this.#waiting.push(query);
    this.#askNext();
    return {
      cancel: () => {
        query.cancelled = true;
      },
    };
  }

  [Symbol.dispose](): void {
    for (const query of this.#waiting) query.cancelled = true;
    this.#waiting = [];
  }

  #askNext(): void {
    if (this.#asking >= this.#config.threads) return;
    const query = this.#waiting.shift();
    if (query === undefined) return;
    if (query.cancelled) return this.#askNext();
    this.#asking++;
    this.#lookUp(query.name, (answer) => {
      this.#dispatcher.post(() => {
        this.#asking--;
        this.#onAnswer(query, answer);
        this.#askNext();
      });
    });
  }

  #onAnswer(query: Query, answer: readonly string[] | { readonly code: string }): void {
    if (query.cancelled) return;
    if ('code' in answer) return this.#onFailure(query, answer.code);
    query.callback({ status: 'Completed', details: 'Success', responses: choose(answer, query.family) });
  }

  #onFailure(query: Query, code: string): void {
    if (code === 'EAI_AGAIN') {
      if (query.tries !== undefined) query.tries--;
      if (query.tries !== 0) {
        this.#waiting.push(query);
        return;
      }
    }
    query.callback({ status: 'Failure', details: REASONS.get(code) ?? code, responses: [] });
  }
}

/** As the system words them. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['EAI_AGAIN', 'Temporary failure in name resolution'],
  ['ENOTFOUND', 'Name or service not known'],
]);

function choose(addresses: readonly string[], family: DnsLookupFamily): readonly DnsResponse[] {
  const all = addresses.flatMap((text) => {
    const address = IpAddress.parse(text, 0);
    return address === undefined ? [] : [{ address, ttlSeconds: TTL_SECONDS }];
  });
  const v4 = all.filter(({ address }) => address.ipVersion === 4);
  const v6 = all.filter(({ address }) => address.ipVersion === 6);
  switch (family) {
    case 'ALL':
      return [...v6, ...v4];
    case 'V4_ONLY':
      return v4;
    case 'V6_ONLY':
      return v6;
    case 'V4_PREFERRED':
      return v4.length > 0 ? v4 : v6;
    case 'AUTO':
      return v6.length > 0 ? v6 : v4;
  }
}

function systemLookUp(name: string, callback: Parameters<LookUp>[1]): void {
  lookup(name, { all: true, order: 'verbatim', hints: ADDRCONFIG }, (error, found) => {
    if (error === null) callback(found.map(({ address }) => address));
    else callback({ code: error.code ?? 'EAI_FAIL' });
  });
}
