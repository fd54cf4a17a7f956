import type { Protocol } from '../../../sdk/codec.ts';
import type { ConnectionInfo, DetectedCloseType } from '../../../sdk/network.ts';
import type { BytesMeter, FilterState, StreamInfo, UpstreamInfo, UpstreamTiming } from '../../../sdk/stream-info.ts';
import type { ClusterInfo, Host } from '../../../sdk/upstream.ts';

/**
 * What an attempt of the router, or a TCP proxy with all of its attempts, knows of its upstream side. It is its own timing:
 * there is one to every record.
 */
export class UpstreamRecord implements UpstreamInfo, UpstreamTiming {
  host: Host | undefined = undefined;
  cluster: ClusterInfo | undefined = undefined;
  connectionInfo: ConnectionInfo | undefined = undefined;
  protocol: Protocol | undefined = undefined;
  transportFailureReason = '';
  detectedCloseType: DetectedCloseType = 'Normal';
  numStreams = 0;
  filterState: FilterState | undefined = undefined;
  firstUpstreamTxByteSentMs: number | undefined = undefined;
  lastUpstreamTxByteSentMs: number | undefined = undefined;
  firstUpstreamRxByteReceivedMs: number | undefined = undefined;
  lastUpstreamRxByteReceivedMs: number | undefined = undefined;
  connectStartMs: number | undefined = undefined;
  connectCompleteMs: number | undefined = undefined;
  connectionPoolCallbackLatencyMs: number | undefined = undefined;
  /** Those before the last one. */
  #hostsBefore: readonly Host[] = NO_HOSTS;
  #hostAttempted: Host | undefined = undefined;
  #isConnectionAttempted = false;

  get timing(): UpstreamTiming {
    return this;
  }

  get connectionId(): number | undefined {
    return this.connectionInfo?.connectionId;
  }

  get hostsAttempted(): readonly Host[] {
    return this.#hostAttempted === undefined ? this.#hostsBefore : [...this.#hostsBefore, this.#hostAttempted];
  }

  /** After the first that is made there is no other one. */
  get connectionIdsAttempted(): readonly number[] {
    const id = this.#isConnectionAttempted ? this.connectionId : undefined;
    return id === undefined ? NO_IDS : [id];
  }

  noteHostAttempted(host: Host): void {
    if (this.#hostAttempted !== undefined) this.#hostsBefore = this.hostsAttempted;
    this.#hostAttempted = host;
  }

  noteConnectionAttempted(info: ConnectionInfo): void {
    this.connectionInfo = info;
    this.#isConnectionAttempted = true;
  }
}

const NO_HOSTS: readonly Host[] = [];
const NO_IDS: readonly number[] = [];

/** An attempt counts with `meter` now; what those before it have counted is counted with it. */
export function continueUpstreamBytes(streamInfo: StreamInfo, meter: BytesMeter): void {
  const before = streamInfo.upstreamBytes;
  streamInfo.upstreamBytes = meter;
  if (before === undefined) return;
  meter.wireBytesSent += before.wireBytesSent;
  meter.wireBytesReceived += before.wireBytesReceived;
  meter.headerBytesSent += before.headerBytesSent;
  meter.headerBytesReceived += before.headerBytesReceived;
  meter.decompressedHeaderBytesSent += before.decompressedHeaderBytesSent;
  meter.decompressedHeaderBytesReceived += before.decompressedHeaderBytesReceived;
}

export class ByteCounts implements BytesMeter {
  wireBytesSent = 0;
  wireBytesReceived = 0;
  headerBytesSent = 0;
  headerBytesReceived = 0;
  decompressedHeaderBytesSent = 0;
  decompressedHeaderBytesReceived = 0;

  /** Of a protocol that compresses nothing. */
  addHeadersSent(bytes: number): void {
    this.headerBytesSent += bytes;
    this.decompressedHeaderBytesSent += bytes;
  }

  /** The same; as in Envoy each head adds all that were received by then, those before it too. Trailers do not count. */
  addHeadReceived(bytes: number): void {
    this.headerBytesReceived += bytes;
    this.decompressedHeaderBytesReceived += this.headerBytesReceived;
  }
}
