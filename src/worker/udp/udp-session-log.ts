import type { LogContext } from '../../../sdk/extension.ts';
import type { Address } from '../../../sdk/network.ts';
import type { Host } from '../../../sdk/upstream.ts';
import { logContextOf } from '../../common/access-log/log-context.ts';
import { StreamRecord } from '../../common/stream-info/stream-record.ts';
import { UpstreamRecord } from '../../common/stream-info/upstream-info.ts';
import { SocketConnectionInfo } from '../network/connection-info.ts';
import type { UdpProxy } from './udp-proxy-config.ts';

const sessionEnd = logContextOf('UdpSessionEnd');
const periodic = logContextOf('UdpPeriodic');

/** What access logs tell of a session. */
export class UdpSessionLog {
  rxDatagrams = 0;
  txDatagrams = 0;
  txErrors = 0;
  readonly #proxy: UdpProxy;
  readonly #clusterName: string;
  readonly #streamInfo: StreamRecord;

  constructor(proxy: UdpProxy, clusterName: string, peer: Address, local: Address) {
    this.#proxy = proxy;
    this.#clusterName = clusterName;
    const info = new SocketConnectionInfo(takeSessionId(proxy), local, peer);
    info.roundTripTimeMs = undefined;
    this.#streamInfo = new StreamRecord(proxy.timeSource, info);
    this.#streamInfo.requestId = proxy.random.uuid();
  }

  onReceived(bytes: number): void {
    this.#streamInfo.bytesReceived += bytes;
    this.rxDatagrams++;
  }

  onSent(bytes: number): void {
    this.#streamInfo.bytesSent += bytes;
    this.txDatagrams++;
  }

  /** @param local where datagrams to the host come from */
  onUpstream(host: Host, local: Address): void {
    const upstream = new UpstreamRecord();
    upstream.host = host;
    upstream.noteHostAttempted(host);
    upstream.connectionInfo = new SocketConnectionInfo(0, local, host.address);
    this.#streamInfo.upstream = upstream;
  }

  /** A line in between. */
  writePeriodic(): void {
    this.#write(periodic);
  }

  /** The last line. */
  end(): void {
    this.#streamInfo.requestCompleteMs = this.#proxy.timeSource.monotonicTimeMs();
    this.#write(sessionEnd);
  }

  /** The only line of a session that the circuit breaker refused. */
  refuse(): void {
    this.#streamInfo.setResponseFlag('UO');
    this.end();
  }

  #write(context: LogContext): void {
    const { accessLogs } = this.#proxy;
    if (accessLogs.length === 0) return;
    const { bytesReceived, bytesSent } = this.#streamInfo;
    this.#streamInfo.setDynamicMetadata('udp.proxy.session', {
      bytes_received: bytesReceived,
      bytes_sent: bytesSent,
      cluster_name: this.#clusterName,
      datagrams_received: this.rxDatagrams,
      datagrams_sent: this.txDatagrams,
      errors_sent: this.txErrors,
    });
    for (const log of accessLogs) log.log(context, this.#streamInfo);
  }
}

/** Numbers that no other session of the process has had, from 0. */
function takeSessionId({ sessionIds }: UdpProxy): number {
  for (;;) {
    const id = sessionIds.value;
    if (sessionIds.replace(id, id + 1)) return id;
  }
}
