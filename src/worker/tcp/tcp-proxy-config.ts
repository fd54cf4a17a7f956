import type { Random } from '../../../sdk/event.ts';
import type { AccessLog } from '../../../sdk/extension.ts';
import type { RequestIdGenerator } from '../../../sdk/http.ts';
import type { Connection } from '../../../sdk/network.ts';
import type { ThreadLocalClusterManager } from '../../../sdk/upstream.ts';
import type { ClientTlvs } from './client-tlvs.ts';
import type { IdleClock } from './idle-timeout.ts';
import type { TcpProxyStats } from './tcp-proxy-stats.ts';
import type { TcpRoutes } from './tcp-routes.ts';
import type { Tunneling } from './tunneling.ts';

/** Hashes a connection for hashing load balancers; undefined = choose at random. */
export type TcpHashPolicy = (connection: Connection) => bigint | undefined;

/** When an upstream connection is made: at once, with the client's first bytes, after its TLS handshake. */
export type UpstreamConnectMode = 'IMMEDIATE' | 'ON_DOWNSTREAM_DATA' | 'ON_DOWNSTREAM_TLS_HANDSHAKE';

/** What is fixed by the configuration; milliseconds, undefined = off. */
export interface TcpProxySettings {
  readonly routes: TcpRoutes;
  readonly upstreamConnectMode: UpstreamConnectMode;
  /** What may wait for the upstream connection; undefined = clients are not read before it stands. */
  readonly maxEarlyDataBytes: number | undefined;
  /** Connections end with their next bytes once the listener drains. */
  readonly checkDrainClose: boolean;
  readonly maxConnectAttempts: number;
  readonly idleTimeoutMs: number | undefined;
  readonly maxDownstreamConnectionDurationMs: number | undefined;
  /** Percent of the duration that is drawn on top of it. */
  readonly maxDurationJitterPercentage: number;
  readonly backOff: { readonly baseMs: number; readonly maxMs: number } | undefined;
  readonly hashPolicy: TcpHashPolicy | undefined;
  /** Undefined = none are added. */
  readonly clientTlvs: ClientTlvs | undefined;
  /** Undefined = bytes go to the upstream as they are. */
  readonly tunneling: Tunneling | undefined;
  readonly flushAccessLogOnStart: boolean;
  readonly flushAccessLogOnConnected: boolean;
  readonly accessLogFlushIntervalMs: number | undefined;
}

/** A tcp_proxy on a worker, shared by its connections. */
export interface TcpProxy {
  readonly settings: TcpProxySettings;
  readonly stats: TcpProxyStats;
  readonly accessLogs: readonly AccessLog[];
  readonly clusterManager: ThreadLocalClusterManager;
  readonly random: Random;
  /** The worker's. */
  readonly clock: IdleClock;
  /** For the requests that open tunnels. */
  readonly requestIds: RequestIdGenerator | undefined;
}

/** Why no upstream connection came about, by the numbers of Envoy's UpstreamFailureReason. */
export type InitFailure = 0 | 1 | 2 | 3;
