import type { ClientCodec } from '../../../sdk/codec.ts';
import type { ClientConnection, TransportSocketOptions } from '../../../sdk/network.ts';
import type { Struct } from '../../../sdk/stream-info.ts';
import type { ClusterConfig } from '../../common/upstream/cluster-config.ts';
import type { HostAddress, HostSnapshot } from '../../snapshot/hosts.ts';
import { WorkerClusterInfo } from './cluster-info.ts';
import { UpstreamHost } from './host.ts';
import { createUncountedConnection } from './host-connection.ts';
import { createCodecOf } from './http1-codec-of.ts';
import type { UpstreamContext } from './upstream-context.ts';

/** Whom a probe is for, see main/upstream/health-check/probe-connector.ts. */
interface Target {
  readonly host: HostSnapshot;
  readonly address: HostAddress;
  readonly socketOptions: TransportSocketOptions | undefined;
  readonly transportSocketMatch: Struct | undefined;
}

/** Connections of the main thread's own to the hosts of a cluster, to see how they are. */
export class ProbeConnections implements Disposable {
  readonly #info: WorkerClusterInfo;
  readonly #context: UpstreamContext;

  constructor(config: ClusterConfig, breakers: SharedArrayBuffer, context: UpstreamContext) {
    this.#info = new WorkerClusterInfo(config, breakers, context);
    this.#context = context;
  }

  connect(target: Target): ClientConnection {
    this.#info.useTrafficStats();
    return createUncountedConnection(this.#context, this.#hostOf(target), this.#info, target.socketOptions);
  }

  createCodec(connection: ClientConnection): ClientCodec {
    return createCodecOf(this.#info, this.#context, (disable) => connection.readDisable(disable));
  }

  isSecure(target: Target): boolean {
    return this.#info.isSecure(this.#hostOf(target));
  }

  [Symbol.dispose](): void {
    this.#info[Symbol.dispose]();
  }

  #hostOf({ host, address, transportSocketMatch: match }: Target): UpstreamHost {
    const { makeAddress, workerIndex, dispatcher } = this.#context;
    const metadata = match === undefined ? host.metadata : new Map([['envoy.transport_socket_match', match]]);
    return new UpstreamHost({ ...host, metadata }, 0, makeAddress(address), {
      cluster: this.#info,
      worker: workerIndex,
      nowMs: () => dispatcher.timeSource.monotonicTimeMs(),
    });
  }
}
