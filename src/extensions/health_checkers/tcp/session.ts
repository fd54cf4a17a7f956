import type { Buffer } from '../../../../sdk/buffer.ts';
import type {
  ClientConnection,
  ConnectionCallbacks,
  ConnectionEvent,
  FilterStatus,
  NetworkFilter,
} from '../../../../sdk/network.ts';
import { writeV1, writeV2Local } from '../../../codec/proxy-protocol/write-proxy-header.ts';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import { hasPayloads } from '../../../common/upstream/health-check-payload.ts';
import {
  type HealthCheckParent,
  HealthCheckSession,
} from '../../../main/upstream/health-check/health-check-session.ts';
import type { ManagedHost } from '../../../main/upstream/managed-host.ts';

export interface TcpHealthCheckConfig {
  /** Empty = nothing is sent. */
  readonly send: Uint8Array;
  /** Empty = to be connected is enough. */
  readonly receive: readonly Uint8Array[];
  /** Goes before what is sent, each time. */
  readonly proxyHeader: 'V1' | 'V2' | undefined;
}

/** Connects to a host, and may say something and wait for an answer (Envoy's TcpHealthCheckerImpl). */
export class TcpHealthCheckSession extends HealthCheckSession implements ConnectionCallbacks, NetworkFilter {
  readonly #config: TcpHealthCheckConfig;
  #connection: ClientConnection | undefined = undefined;
  #expectsClose = false;
  #isConnected = false;

  constructor(config: TcpHealthCheckConfig, host: ManagedHost, parent: HealthCheckParent) {
    super(host, parent);
    this.#config = config;
  }

  protected override check(): void {
    if (this.#connection === undefined) this.#connect();
    const { send, proxyHeader } = this.#config;
    if (send.length === 0) return;
    // The header may tell of the connection's own address.
    if (proxyHeader === undefined || this.#isConnected) this.#send();
  }

  #send(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    const data = new SliceBuffer();
    const { send, proxyHeader } = this.#config;
    if (proxyHeader === 'V2') data.add(writeV2Local());
    if (proxyHeader === 'V1') data.add(writeV1(connection.info.localAddress, connection.info.remoteAddress));
    data.add(send);
    connection.write(data, false);
  }

  protected override onCheckTimeout(): void {
    this.disconnect();
  }

  protected override disconnect(): void {
    this.#expectsClose = true;
    this.#connection?.close('NoFlush');
  }

  /** What is not enough yet may become so. */
  onData(data: Buffer, _endStream: boolean): FilterStatus {
    if (hasPayloads(data, this.#config.receive)) {
      data.drain(data.length);
      this.handleSuccess(false);
      if (!this.parent.config.reuseConnection) this.disconnect();
    }
    return 'StopIteration';
  }

  onEvent(event: ConnectionEvent): void {
    if (event === 'Connected') {
      this.#isConnected = true;
      if (this.#config.proxyHeader !== undefined && this.#config.send.length > 0) this.#send();
      if (this.#config.receive.length > 0) return;
      this.disconnect();
      this.handleSuccess(false);
      return;
    }
    this.#connection = undefined;
    if (!this.#expectsClose) this.handleFailure('NETWORK');
  }

  onAboveWriteBufferHighWatermark(): void {}

  onBelowWriteBufferLowWatermark(): void {}

  #connect(): void {
    const connection = this.parent.probes.connect(this.parent.targetOf(this.host));
    this.#connection = connection;
    this.#expectsClose = false;
    this.#isConnected = false;
    connection.addConnectionCallbacks(this);
    connection.addFilter(this);
    connection.connect();
  }
}
