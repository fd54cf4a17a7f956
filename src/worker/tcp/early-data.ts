import type { Buffer } from '../../../sdk/buffer.ts';
import type { Connection } from '../../../sdk/network.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { isTrue } from '../../common/stream-info/filter-state-factories.ts';
import type { TcpUpstream } from './tcp-upstream.ts';

/** Another filter's wish that the client be read before there is an upstream, by Envoy's name of the filter state. */
const receiveBeforeConnect = 'envoy.tcp_proxy.receive_before_connect';

/** What a client has said before there is an upstream to say it to; once it is `maxBytes`, the client is read no more. */
export class EarlyData {
  readonly #connection: Connection;
  readonly #maxBytes: number;
  readonly #data = new SliceBuffer();
  #ended = false;
  #isFull = false;

  private constructor(connection: Connection, maxBytes: number) {
    this.#connection = connection;
    this.#maxBytes = maxBytes;
  }

  /** Undefined where clients have to wait. */
  static for(connection: Connection, maxBytes: number | undefined): EarlyData | undefined {
    if (maxBytes !== undefined) return new EarlyData(connection, maxBytes);
    const isWished = isTrue(connection.streamInfo.filterState, receiveBeforeConnect);
    return isWished ? new EarlyData(connection, 0) : undefined;
  }

  /** Whether there is more than an end. */
  get hasBytes(): boolean {
    return this.#data.length > 0;
  }

  add(data: Buffer, endStream: boolean): void {
    this.#data.move(data);
    this.#ended ||= endStream;
  }

  /** To be called when who may want it knows of it. */
  limit(): void {
    if (this.#isFull || this.#data.length < this.#maxBytes || this.#connection.state !== 'Open') return;
    this.#isFull = true;
    this.#connection.readDisable(true);
  }

  /** Gives all to the upstream, and reads on. Returns the number of bytes. */
  flush(upstream: TcpUpstream): number {
    const bytes = this.#data.length;
    if (bytes > 0 || this.#ended) upstream.write(this.#data, this.#ended);
    if (this.#isFull) this.#connection.readDisable(false);
    return bytes;
  }

  [Symbol.dispose](): void {
    this.#data.drain(this.#data.length);
  }
}
