/** How the names of a DNS cluster are resolved (the `dns_…` fields of Cluster). */
import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
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
  readonly lookupFamily: DnsLookupFamily;
  /** Of the cluster's own; undefined: the server's. */
  readonly resolver: DnsResolverConfig | undefined;
}

/** STRICT_DNS and LOGICAL_DNS. */
const DNS_TYPES: readonly number[] = [1, 2];
const FAMILIES: readonly DnsLookupFamily[] = ['AUTO', 'V4_ONLY', 'V6_ONLY', 'V4_PREFERRED', 'ALL'];

/** Of other clusters Envoy does not look at the resolver. */
function usesNames({ clusterDiscoveryType: discovery }: Cluster): boolean {
  return discovery.case === 'clusterType' || (discovery.case === 'type' && DNS_TYPES.includes(discovery.value));
}

export function parseDnsOptions(cluster: Cluster, ctx: ConfigContext): DnsOptions {
  const refreshRateMs = durationMs(cluster.dnsRefreshRate) ?? 5000;
  const failure = cluster.dnsFailureRefreshRate;
  const baseMs = durationMs(failure?.baseInterval);
  const maxMs = durationMs(failure?.maxInterval);
  if (baseMs !== undefined && maxMs !== undefined && maxMs < baseMs) {
    ctx
      .child('dns_failure_refresh_rate')
      .error('dns_failure_refresh_rate must have max_interval greater than or equal to the base_interval');
  }
  return Object.freeze({
    refreshRateMs,
    jitterMs: durationMs(cluster.dnsJitter) ?? 0,
    // Without the field Envoy retries after the refresh rate, always.
    failureBaseIntervalMs: baseMs ?? refreshRateMs,
    failureMaxIntervalMs: maxMs ?? (baseMs === undefined ? refreshRateMs : baseMs * 10),
    respectTtl: cluster.respectDnsTtl,
    lookupFamily: FAMILIES[cluster.dnsLookupFamily] ?? 'AUTO',
    resolver: usesNames(cluster) ? parseDnsResolver(cluster, ctx) : undefined,
  });
}
