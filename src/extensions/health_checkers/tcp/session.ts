import type { Buffer } from '../../../../sdk/buffer.ts';
import type {
  ClientConnection,
  ConnectionCallbacks,
  ConnectionEvent,
  FilterStatus,
  NetworkFilter,
} from '../../../../sdk/network.ts';
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
}

/** Connects to a host, and may say something and wait for an answer (Envoy's TcpHealthCheckerImpl). */
export class TcpHealthCheckSession extends HealthCheckSession implements ConnectionCallbacks, NetworkFilter {
  readonly #config: TcpHealthCheckConfig;
  #connection: ClientConnection | undefined = undefined;
  #expectsClose = false;

  constructor(config: TcpHealthCheckConfig, host: ManagedHost, parent: HealthCheckParent) {
    super(host, parent);
    this.#config = config;
  }

  protected override check(): void {
    if (this.#connection === undefined) this.#connect();
    const { send } = this.#config;
    if (send.length === 0) return;
    const data = new SliceBuffer();
    data.add(send);
    this.#connection?.write(data, false);
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
    connection.addConnectionCallbacks(this);
    connection.addFilter(this);
    connection.connect();
  }
}
