import type { Protocol } from '../../../sdk/codec.ts';
import type { ConnectionInfo } from '../../../sdk/network.ts';
import type { BytesMeter, DownstreamTiming, UpstreamInfo, UpstreamTiming } from '../../../sdk/stream-info.ts';
import type { ClusterInfo, Host } from '../../../sdk/upstream.ts';

/** What a request knows of its upstream side, made when the router begins its first attempt. */
export class UpstreamRecord implements UpstreamInfo {
  host: Host | undefined = undefined;
  cluster: ClusterInfo | undefined = undefined;
  connectionInfo: ConnectionInfo | undefined = undefined;
  connectionId: number | undefined = undefined;
  protocol: Protocol | undefined = undefined;
  transportFailureReason = '';
  numStreams = 0;
  readonly timing: UpstreamTiming = new UpstreamTimes();
  readonly hostsAttempted: Host[] = [];
  readonly connectionIdsAttempted: number[] = [];
}

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
}
