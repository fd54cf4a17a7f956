import type { Buffer } from '../../../sdk/buffer.ts';
import type { Timer } from '../../../sdk/event.ts';
import type { Address } from '../../../sdk/network.ts';
import type { UdpListenerFilterCallbacks, UdpSender, UdpSocket, UdpSocketHandler } from '../../../sdk/udp.ts';
import type { Host, ThreadLocalCluster } from '../../../sdk/upstream.ts';
import type { UdpProxy } from './udp-proxy-config.ts';
import type { UdpClusterStats } from './udp-proxy-stats.ts';
import { UdpSessionLog } from './udp-session-log.ts';

/** What the sessions of one cluster share. */
export interface UdpSessionOwner {
  readonly proxy: UdpProxy;
  readonly cluster: ThreadLocalCluster;
  readonly stats: UdpClusterStats;
  readonly callbacks: UdpListenerFilterCallbacks;
  removeSession(session: UdpSession): void;
}

/** The datagrams between one client and one host (Envoy's UdpProxyFilter::ActiveSession). */
export class UdpSession implements UdpSocketHandler, Disposable {
  /** By which its owner finds it. */
  readonly key: string;
  readonly peer: Address;
  readonly local: Address;
  readonly host: Host;
  readonly #owner: UdpSessionOwner;
  readonly #log: UdpSessionLog;
  readonly #idleTimer: Timer;
  readonly #logTimer: Timer | undefined;
  readonly #toUpstream: UdpSender;
  readonly #toDownstream: UdpSender;
  #socket: UdpSocket | undefined = undefined;

  constructor(owner: UdpSessionOwner, key: string, peer: Address, local: Address, host: Host) {
    const { proxy, callbacks, cluster } = owner;
    this.key = key;
    this.peer = peer;
    this.local = local;
    this.host = host;
    this.#owner = owner;
    this.#log = new UdpSessionLog(proxy, cluster.name, peer, local);
    this.#idleTimer = callbacks.dispatcher.createTimer(() => this.#onIdleTimer());
    this.#logTimer = this.#startLogTimer();
    this.#toUpstream = this.#upstreamSender();
    this.#toDownstream = this.#downstreamSender();
    proxy.stats.sessTotal.inc();
    proxy.stats.sessActive.inc();
    cluster.resourceManager('default').connections.inc();
    this.#connect();
  }

  /** A datagram of the client's. */
  onData(data: Buffer): void {
    const { stats, settings } = this.#owner.proxy;
    const bytes = data.length;
    stats.sessRxBytes.add(bytes);
    stats.sessRxDatagrams.inc();
    this.#log.onReceived(bytes);
    this.#idleTimer.enableTimer(settings.idleTimeoutMs);
    const socket = this.#socket ?? this.#connect();
    if (socket !== undefined) socket.send(data, this.#toUpstream);
    else this.#owner.stats.sessTxErrors.inc();
  }

  /** A datagram of the host's. */
  onDatagram(data: Buffer): void {
    const { proxy, stats, cluster, callbacks } = this.#owner;
    const bytes = data.length;
    this.#idleTimer.enableTimer(proxy.settings.idleTimeoutMs);
    if (bytes > proxy.settings.maxRxDatagramBytes) {
      stats.sessRxDatagramsDropped.inc();
      data.drain(bytes);
      return;
    }
    stats.sessRxDatagrams.inc();
    cluster.info.trafficStats.upstreamCxRxBytesTotal.add(bytes);
    callbacks.send(data, this.#toDownstream, this.peer, this.local);
  }

  onReceiveError(): void {
    this.#owner.stats.sessRxErrors.inc();
  }

  [Symbol.dispose](): void {
    const { proxy, cluster } = this.#owner;
    this.#idleTimer[Symbol.dispose]();
    this.#logTimer?.[Symbol.dispose]();
    this.#socket?.close();
    proxy.stats.sessActive.dec();
    cluster.resourceManager('default').connections.dec();
    this.#log.end();
  }

  /** Undefined when the system has no socket for it; the next datagram tries again. */
  #connect(): UdpSocket | undefined {
    const { host } = this;
    const socket = this.#owner.cluster.connectUdp(host);
    if (!('start' in socket)) return undefined;
    socket.start(this);
    this.#log.onUpstream(host, socket.localAddress);
    this.#socket = socket;
    return socket;
  }

  #onIdleTimer(): void {
    this.#owner.proxy.stats.idleTimeout.inc();
    this.#owner.removeSession(this);
  }

  #startLogTimer(): Timer | undefined {
    const { proxy, callbacks } = this.#owner;
    const intervalMs = proxy.settings.accessLogFlushIntervalMs;
    if (intervalMs === undefined || proxy.accessLogs.length === 0) return undefined;
    const timer = callbacks.dispatcher.createTimer(() => {
      this.#log.writePeriodic();
      timer.enableTimer(intervalMs);
    });
    timer.enableTimer(intervalMs);
    return timer;
  }

  #upstreamSender(): UdpSender {
    const { stats, cluster } = this.#owner;
    const { upstreamCxTxBytesTotal } = cluster.info.trafficStats;
    return {
      onSent(bytes) {
        stats.sessTxDatagrams.inc();
        upstreamCxTxBytesTotal.add(bytes);
      },
      onSendError() {
        stats.sessTxErrors.inc();
      },
    };
  }

  #downstreamSender(): UdpSender {
    const { stats } = this.#owner.proxy;
    return {
      onSent: (bytes) => {
        stats.sessTxBytes.add(bytes);
        stats.sessTxDatagrams.inc();
        this.#log.onSent(bytes);
      },
      onSendError: () => {
        stats.sessTxErrors.inc();
        this.#log.txErrors++;
      },
    };
  }
}
