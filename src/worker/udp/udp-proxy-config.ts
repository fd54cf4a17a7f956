import type { Random, TimeSource } from '../../../sdk/event.ts';
import type { AccessLog, SharedNumber } from '../../../sdk/extension.ts';
import type { Address } from '../../../sdk/network.ts';
import type { ThreadLocalClusterManager } from '../../../sdk/upstream.ts';
import type { UdpProxyStats } from './udp-proxy-stats.ts';

/** Hashes a client for hashing load balancers. */
export type UdpHashPolicy = (peer: Address) => bigint;

/** What is fixed by the configuration. */
export interface UdpProxySettings {
  readonly idleTimeoutMs: number;
  readonly usePerPacketLoadBalancing: boolean;
  readonly hashPolicy: UdpHashPolicy | undefined;
  /** Longer datagrams of hosts are dropped. */
  readonly maxRxDatagramBytes: number;
  /** Between lines of a session that goes on; undefined = none. */
  readonly accessLogFlushIntervalMs: number | undefined;
  /** All that a route may name. */
  readonly clusterNames: readonly string[];
}

/** A udp_proxy on a worker. */
export interface UdpProxy {
  readonly settings: UdpProxySettings;
  readonly stats: UdpProxyStats;
  readonly accessLogs: readonly AccessLog[];
  readonly proxyAccessLogs: readonly AccessLog[];
  readonly clusterManager: ThreadLocalClusterManager;
  readonly random: Random;
  readonly timeSource: TimeSource;
  /** Of the last session of the process, plus one. */
  readonly sessionIds: SharedNumber;
  /** Name of the cluster for datagrams from `peer` to `local`; undefined when there is none. */
  route(local: Address, peer: Address): string | undefined;
}
