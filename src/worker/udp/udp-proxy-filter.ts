import type { Buffer } from '../../../sdk/buffer.ts';
import type { Address, FilterStatus } from '../../../sdk/network.ts';
import type { UdpListenerFilter, UdpListenerFilterCallbacks } from '../../../sdk/udp.ts';
import type { ClusterUpdateCallbacks, ThreadLocalCluster } from '../../../sdk/upstream.ts';
import { noLogContext } from '../../common/access-log/log-context.ts';
import { PipeAddress } from '../../common/network/address.ts';
import { StreamRecord } from '../../common/stream-info/stream-record.ts';
import { SocketConnectionInfo } from '../network/connection-info.ts';
import { UdpCluster } from './udp-cluster.ts';
import type { UdpProxy } from './udp-proxy-config.ts';

/** The whole proxy is nobody's connection; Envoy's logs say so by a dash. */
const nowhere = new PipeAddress('-');

/** Proxies datagrams in sessions (Envoy's UdpProxyFilter). */
export class UdpProxyFilter implements UdpListenerFilter, ClusterUpdateCallbacks {
  readonly #proxy: UdpProxy;
  readonly #callbacks: UdpListenerFilterCallbacks;
  readonly #clusters = new Map<string, UdpCluster>();
  readonly #clusterUpdates: Disposable;
  readonly #streamInfo: StreamRecord;

  constructor(proxy: UdpProxy, callbacks: UdpListenerFilterCallbacks) {
    const { clusterManager, settings, timeSource } = proxy;
    this.#proxy = proxy;
    this.#callbacks = callbacks;
    this.#streamInfo = new StreamRecord(timeSource, new SocketConnectionInfo(0, nowhere, nowhere));
    this.#clusterUpdates = clusterManager.addUpdateCallbacks(this);
    for (const name of settings.clusterNames) {
      const cluster = clusterManager.getThreadLocalCluster(name);
      if (cluster !== undefined) this.onClusterAddOrUpdate(cluster);
    }
  }

  onData(data: Buffer, peer: Address, local: Address): FilterStatus {
    const name = this.#proxy.route(local, peer);
    const cluster = name === undefined ? undefined : this.#clusters.get(name);
    if (cluster === undefined) this.#proxy.stats.sessNoRoute.inc();
    else cluster.onData(data, peer, local);
    return 'StopIteration';
  }

  onReceiveError(): FilterStatus {
    this.#proxy.stats.sessRxErrors.inc();
    return 'StopIteration';
  }

  onClusterAddOrUpdate(cluster: ThreadLocalCluster): void {
    if (!this.#proxy.settings.clusterNames.includes(cluster.name)) return;
    this.onClusterRemoval(cluster.name);
    this.#clusters.set(cluster.name, new UdpCluster(this.#proxy, cluster, this.#callbacks));
  }

  onClusterRemoval(name: string): void {
    this.#clusters.get(name)?.[Symbol.dispose]();
    this.#clusters.delete(name);
  }

  [Symbol.dispose](): void {
    this.#clusterUpdates[Symbol.dispose]();
    for (const name of [...this.#clusters.keys()]) this.onClusterRemoval(name);
    this.#log();
  }

  #log(): void {
    const { stats, proxyAccessLogs, timeSource } = this.#proxy;
    if (proxyAccessLogs.length === 0) return;
    this.#streamInfo.bytesReceived = stats.sessRxBytes.value;
    this.#streamInfo.bytesSent = stats.sessTxBytes.value;
    this.#streamInfo.requestCompleteMs = timeSource.monotonicTimeMs();
    this.#streamInfo.setDynamicMetadata('udp.proxy.proxy', {
      bytes_received: stats.sessRxBytes.value,
      bytes_sent: stats.sessTxBytes.value,
      datagrams_received: stats.sessRxDatagrams.value,
      datagrams_sent: stats.sessTxDatagrams.value,
      errors_received: stats.sessRxErrors.value,
      errors_sent: stats.sessTxErrors.value,
      idle_timeout: stats.idleTimeout.value,
      no_route: stats.sessNoRoute.value,
      session_total: stats.sessTotal.value,
    });
    for (const log of proxyAccessLogs) log.log(noLogContext, this.#streamInfo);
  }
}
