import type { Buffer } from '../../../sdk/buffer.ts';
import type { CloseType, Connection, ConnectionState, DetectedCloseType } from '../../../sdk/network.ts';
import type { TcpConnectionData, TcpUpstreamCallbacks } from '../../../sdk/upstream.ts';

/** What tcp_proxy sends a client's bytes into: a connection of its own, or a stream of HTTP (Envoy's GenericUpstream). */
export interface TcpUpstream {
  readonly state: ConnectionState;
  readonly detectedCloseType: DetectedCloseType;
  write(data: Buffer, endStream: boolean): void;
  readDisable(disable: boolean): void;
  /** What comes from the upstream goes here from now on. */
  addUpstreamCallbacks(callbacks: TcpUpstreamCallbacks): void;
  addBytesSentCallback(callback: () => void): void;
  close(type: CloseType, details?: string): void;
}

/** A connection from a pool. */
export class ConnectionUpstream implements TcpUpstream {
  readonly #data: TcpConnectionData;
  readonly #connection: Connection;

  constructor(data: TcpConnectionData) {
    this.#data = data;
    this.#connection = data.connection;
    this.#connection.enableHalfClose(true);
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  get detectedCloseType(): DetectedCloseType {
    return this.#connection.detectedCloseType;
  }

  write(data: Buffer, endStream: boolean): void {
    this.#connection.write(data, endStream);
  }

  readDisable(disable: boolean): void {
    this.#connection.readDisable(disable);
  }

  addUpstreamCallbacks(callbacks: TcpUpstreamCallbacks): void {
    this.#data.addUpstreamCallbacks(callbacks);
  }

  addBytesSentCallback(callback: () => void): void {
    this.#connection.addBytesSentCallback(callback);
  }

  close(type: CloseType, details?: string): void {
    this.#connection.close(type, details);
  }
}
