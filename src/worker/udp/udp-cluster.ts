import type { Buffer } from '../../../sdk/buffer.ts';
import type { Address } from '../../../sdk/network.ts';
import type { UdpListenerFilterCallbacks } from '../../../sdk/udp.ts';
import type { Host, ThreadLocalCluster } from '../../../sdk/upstream.ts';
import { UdpBalancing } from './udp-balancing.ts';
import type { UdpProxy } from './udp-proxy-config.ts';
import { UdpClusterStats } from './udp-proxy-stats.ts';
import { UdpSession, type UdpSessionOwner } from './udp-session.ts';
import { UdpSessionLog } from './udp-session-log.ts';

/** The sessions of a udp_proxy with one cluster (Envoy's UdpProxyFilter::ClusterInfo). */
export class UdpCluster implements UdpSessionOwner, Disposable {
  readonly proxy: UdpProxy;
  readonly cluster: ThreadLocalCluster;
  readonly stats: UdpClusterStats;
  readonly callbacks: UdpListenerFilterCallbacks;
  readonly #sessions = new Map<string, UdpSession>();
  readonly #hostNumbers = new Map<Host, number>();
  readonly #hostUpdates: Disposable;
  /** That of the last datagram: clients send several in a row. */
  #last: UdpSession | undefined = undefined;
  #nextHostNumber = 0;

  constructor(proxy: UdpProxy, cluster: ThreadLocalCluster, callbacks: UdpListenerFilterCallbacks) {
    this.proxy = proxy;
    this.cluster = cluster;
    this.callbacks = callbacks;
    this.stats = new UdpClusterStats(cluster.info.scope);
    this.#hostUpdates = cluster.prioritySet.addUpdateCallback((_priority, _added, removed) => {
      for (const host of removed) this.#removeSessionsOf(host);
    });
  }

  onData(data: Buffer, peer: Address, local: Address): void {
    const session = this.proxy.settings.usePerPacketLoadBalancing
      ? this.#sessionOfDatagram(peer, local)
      : this.#sessionOfClient(peer, local);
    session?.onData(data);
  }

  removeSession(session: UdpSession): void {
    this.#sessions.delete(session.key);
    if (this.#last === session) this.#last = undefined;
    session[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#hostUpdates[Symbol.dispose]();
    for (const session of [...this.#sessions.values()]) this.removeSession(session);
  }

  /** Each datagram goes where the balancer says, in a session of its client with that host. */
  #sessionOfDatagram(peer: Address, local: Address): UdpSession | undefined {
    const host = this.#chooseHost(peer);
    if (host === undefined) {
      this.cluster.info.trafficStats.upstreamCxNoneHealthy.inc();
      return undefined;
    }
    const key = `${keyOf(peer, local)} ${this.#numberOf(host)}`;
    return this.#sessions.get(key) ?? this.#create(key, peer, local, () => host);
  }

  /** A client stays with its host while that is well, or there is no better one. */
  #sessionOfClient(peer: Address, local: Address): UdpSession | undefined {
    const last = this.#last;
    const isSame = last !== undefined && last.peer === peer && last.local === local;
    const session = isSame ? last : this.#sessions.get(keyOf(peer, local));
    if (session === undefined) return this.#create(keyOf(peer, local), peer, local, () => this.#chooseHost(peer));
    this.#last = session;
    if (session.host.health() !== 'Unhealthy') return session;
    const host = this.#chooseHost(peer);
    if (host === undefined || host === session.host || host.health() === 'Unhealthy') return session;
    this.removeSession(session);
    return this.#create(session.key, peer, local, () => host);
  }

  #create(key: string, peer: Address, local: Address, choose: () => Host | undefined): UdpSession | undefined {
    const { trafficStats } = this.cluster.info;
    const host = choose();
    if (host === undefined) {
      trafficStats.upstreamCxNoneHealthy.inc();
      return undefined;
    }
    if (!this.cluster.resourceManager('default').connections.canCreate()) {
      trafficStats.upstreamCxOverflow.inc();
      this.proxy.stats.sessTotal.inc();
      new UdpSessionLog(this.proxy, this.cluster.name, peer, local).refuse();
      return undefined;
    }
    const session = new UdpSession(this, key, peer, local, host);
    this.#sessions.set(key, session);
    return session;
  }

  #chooseHost(peer: Address): Host | undefined {
    return this.cluster.loadBalancer.chooseHost(new UdpBalancing(this.proxy.settings.hashPolicy, peer));
  }

  #numberOf(host: Host): number {
    const known = this.#hostNumbers.get(host);
    if (known !== undefined) return known;
    this.#hostNumbers.set(host, this.#nextHostNumber);
    return this.#nextHostNumber++;
  }

  #removeSessionsOf(host: Host): void {
    this.#hostNumbers.delete(host);
    for (const session of [...this.#sessions.values()]) if (session.host === host) this.removeSession(session);
  }
}

function keyOf(peer: Address, local: Address): string {
  return `${peer.asString} ${local.asString}`;
}
