import type { Protocol } from '../../../sdk/codec.ts';
import type { ConnectionInfo, DetectedCloseType } from '../../../sdk/network.ts';
import type {
  BytesMeter,
  DownstreamTiming,
  FilterState,
  UpstreamInfo,
  UpstreamTiming,
} from '../../../sdk/stream-info.ts';
import type { ClusterInfo, Host } from '../../../sdk/upstream.ts';

/** What an attempt of the router, or a TCP proxy with all of its attempts, knows of its upstream side. */
export class UpstreamRecord implements UpstreamInfo {
  host: Host | undefined = undefined;
  cluster: ClusterInfo | undefined = undefined;
  connectionInfo: ConnectionInfo | undefined = undefined;
  connectionId: number | undefined = undefined;
  protocol: Protocol | undefined = undefined;
  transportFailureReason = '';
  detectedCloseType: DetectedCloseType = 'Normal';
  numStreams = 0;
  filterState: FilterState | undefined = undefined;
  readonly timing: UpstreamTiming = new UpstreamTimes();
  #hostsAttempted: readonly Host[] = NO_HOSTS;
  #connectionIdsAttempted: readonly number[] = NO_IDS;
  /** The attempt that this record is of, when it has come as far; the lists of those before are kept apart. */
  #hostAttempted: Host | undefined = undefined;
  #connectionIdAttempted: number | undefined = undefined;

  get hostsAttempted(): readonly Host[] {
    return this.#hostAttempted === undefined ? this.#hostsAttempted : [...this.#hostsAttempted, this.#hostAttempted];
  }

  get connectionIdsAttempted(): readonly number[] {
    const id = this.#connectionIdAttempted;
    return id === undefined ? this.#connectionIdsAttempted : [...this.#connectionIdsAttempted, id];
  }

  noteHostAttempted(host: Host): void {
    this.#hostsAttempted = this.hostsAttempted;
    this.#hostAttempted = host;
  }

  noteConnectionAttempted(id: number): void {
    this.#connectionIdsAttempted = this.connectionIdsAttempted;
    this.#connectionIdAttempted = id;
  }
}

const NO_HOSTS: readonly Host[] = [];
const NO_IDS: readonly number[] = [];

class UpstreamTimes implements UpstreamTiming {
  firstUpstreamTxByteSentMs: number | undefined = undefined;
  lastUpstreamTxByteSentMs: number | undefined = undefined;
  firstUpstreamRxByteReceivedMs: number | undefined = undefined;
  lastUpstreamRxByteReceivedMs: number | undefined = undefined;
  connectStartMs: number | undefined = undefined;
  connectCompleteMs: number | undefined = undefined;
  connectionPoolCallbackLatencyMs: number | undefined = undefined;
}

export class DownstreamTimes implements DownstreamTiming {
  lastDownstreamRxByteReceivedMs: number | undefined = undefined;
  firstDownstreamTxByteSentMs: number | undefined = undefined;
  lastDownstreamTxByteSentMs: number | undefined = undefined;
  downstreamHandshakeCompleteMs: number | undefined = undefined;
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
