/** How the names of a DNS cluster are resolved (the `dns_…` fields of Cluster, or DnsCluster). */
import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
import type { DnsCluster } from '../../../api/generated/envoy/extensions/clusters/dns/v3/dns_cluster_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { type DnsResolverConfig, parseDnsResolver } from './dns-resolver-config.ts';
import { durationMs } from './proto-values.ts';

/** Cluster.DnsLookupFamily. */
export type DnsLookupFamily = 'AUTO' | 'V4_ONLY' | 'V6_ONLY' | 'V4_PREFERRED' | 'ALL';

export interface DnsOptions {
  readonly refreshRateMs: number;
  /** Up to this much is added to each wait; 0 = none. */
  readonly jitterMs: number;
  readonly failureBaseIntervalMs: number;
  readonly failureMaxIntervalMs: number;
  readonly respectTtl: boolean;
  /** A TTL below it is this long; 0 = TTLs are as they come. */
  readonly minTtlMs: number;
  readonly lookupFamily: DnsLookupFamily;
  /** Of the cluster's own; undefined: the server's. */
  readonly resolver: DnsResolverConfig | undefined;
}

const FAMILIES: readonly DnsLookupFamily[] = ['AUTO', 'V4_ONLY', 'V6_ONLY', 'V4_PREFERRED', 'ALL'];
const OF_DNS_CLUSTER = [
  'dnsRefreshRate',
  'dnsFailureRefreshRate',
  'respectDnsTtl',
  'dnsJitter',
  'typedDnsResolverConfig',
  'dnsLookupFamily',
  'allAddressesInSingleEndpoint',
  'dnsMinRefreshRate',
] as const;

/** @param usesNames of other clusters Envoy looks neither at the resolver nor at how the intervals fit */
export function parseDnsOptions(cluster: Cluster, usesNames: boolean, ctx: ConfigContext): DnsOptions {
  return Object.freeze({
    ...parseRates(cluster, usesNames, ctx),
    respectTtl: cluster.respectDnsTtl,
    minTtlMs: 0,
    lookupFamily: FAMILIES[cluster.dnsLookupFamily] ?? 'AUTO',
    resolver: usesNames ? parseDnsResolver(cluster, ctx) : undefined,
  });
}

export function parseDnsClusterOptions(cluster: DnsCluster, ctx: ConfigContext): DnsOptions {
  ctx.requireSupported(cluster, OF_DNS_CLUSTER);
  const { typedDnsResolverConfig } = cluster;
  return Object.freeze({
    ...parseRates(cluster, true, ctx),
    respectTtl: cluster.respectDnsTtl,
    minTtlMs: durationMs(cluster.dnsMinRefreshRate) ?? 0,
    // Its enum has UNSPECIFIED before the others.
    lookupFamily: FAMILIES[cluster.dnsLookupFamily - 1] ?? 'AUTO',
    resolver: parseDnsResolver({ typedDnsResolverConfig, useTcpForDnsLookups: false }, ctx),
  });
}

type Rates = Pick<DnsOptions, 'refreshRateMs' | 'jitterMs' | 'failureBaseIntervalMs' | 'failureMaxIntervalMs'>;

function parseRates(cluster: Cluster | DnsCluster, usesNames: boolean, ctx: ConfigContext): Rates {
  const refreshRateMs = durationMs(cluster.dnsRefreshRate) ?? 5000;
  const failure = cluster.dnsFailureRefreshRate;
  const baseMs = durationMs(failure?.baseInterval);
  const maxMs = durationMs(failure?.maxInterval);
  if (usesNames && baseMs !== undefined && maxMs !== undefined && maxMs < baseMs) {
    ctx
      .child('dns_failure_refresh_rate')
      .error('dns_failure_refresh_rate must have max_interval greater than or equal to the base_interval');
  }
  return {
    refreshRateMs,
    jitterMs: durationMs(cluster.dnsJitter) ?? 0,
    // Without the field Envoy retries after the refresh rate, always.
    failureBaseIntervalMs: baseMs ?? refreshRateMs,
    failureMaxIntervalMs: maxMs ?? (baseMs === undefined ? refreshRateMs : baseMs * 10),
  };
}
