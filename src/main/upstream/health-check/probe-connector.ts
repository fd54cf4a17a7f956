/** What main needs to reach hosts as its workers do; `exe` provides it, for that code is the workers'. */
import type { ClientCodec } from '../../../../sdk/codec.ts';
import type { AccessLogManager } from '../../../../sdk/extension.ts';
import type { ClientConnection, TransportSocketOptions } from '../../../../sdk/network.ts';
import type { Struct } from '../../../../sdk/stream-info.ts';
import type { ClusterConfig } from '../../../common/upstream/cluster-config.ts';
import type { HostAddress, HostSnapshot } from '../../../snapshot/hosts.ts';

export interface ProbeTarget {
  readonly host: HostSnapshot;
  /** Where to connect: the host's own address or that for checks. */
  readonly address: HostAddress;
  readonly socketOptions: TransportSocketOptions | undefined;
  /** What the transport socket is chosen by instead of the host's metadata. */
  readonly transportSocketMatch: Struct | undefined;
}

/** Connections of main's own to the hosts of a cluster (Envoy's createHealthCheckConnection). */
export interface ProbeConnector extends Disposable {
  /** Not connected yet. No statistics of the cluster's traffic count it. */
  connect(target: ProbeTarget): ClientConnection;
  /** For requests on a connection. */
  createCodec(connection: ClientConnection): ClientCodec;
  /** Whether connections to the host are encrypted. */
  isSecure(target: ProbeTarget): boolean;
}

/** What runs on the main thread with the workers' code. */
export interface MainThread {
  readonly accessLogManager: AccessLogManager;
  createProbes(config: ClusterConfig, breakers: SharedArrayBuffer): ProbeConnector;
}
