import type { IpAddress } from '../../common/network/address.ts';
import type { DnsLookupFamily } from '../../common/upstream/dns-options.ts';

export type { DnsLookupFamily };

export interface DnsResponse {
  /** Port 0. */
  readonly address: IpAddress;
  readonly ttlSeconds: number;
}

/** Completed with no responses: the name exists not, or has no such records. */
export interface DnsResult {
  readonly status: 'Completed' | 'Failure';
  /** Envoy's, such as `cares_norecords:Domain name not found`. */
  readonly details: string;
  readonly responses: readonly DnsResponse[];
}

export interface ActiveDnsQuery {
  /** The callback will not be called. */
  cancel(): void;
}

/** Turns names into addresses (Envoy's Network::DnsResolver). */
export interface DnsResolver extends Disposable {
  /** `callback` is called once, later, from the dispatcher. */
  resolve(name: string, family: DnsLookupFamily, callback: (result: DnsResult) => void): ActiveDnsQuery;
}
