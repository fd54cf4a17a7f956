/** An HTTP/1 client and server codec joined by a wire that carries bytes in pieces of any length. */
import type { Buffer } from '../../sdk/buffer.ts';
import type { Http1ClientOptions, Http1ServerOptions } from '../../src/codec/http1/index.ts';
import { ClientSide, ServerSide, takeText } from './http1-codecs.ts';

export interface PairOptions {
  readonly server?: Partial<Http1ServerOptions>;
  readonly client?: Partial<Http1ClientOptions>;
  /** Bytes that the wire carries at a time; all of them when absent. */
  readonly pieceLength?: number;
}

export class ConnectionPair {
  readonly client: ClientSide;
  readonly server: ServerSide;
  readonly #pieceLength: number | undefined;

  constructor(options: PairOptions = {}) {
    this.client = new ClientSide(options.client);
    this.server = new ServerSide(options.server);
    this.#pieceLength = options.pieceLength;
  }

  /** Carries bytes both ways until neither side has any left to send. */
  run(): void {
    const { client, server } = this;
    while (client.codec.wantsToWrite() || server.codec.wantsToWrite()) {
      this.#carry(client.codec.output, (piece) => server.feed(piece));
      this.#carry(server.codec.output, (piece) => client.feed(piece));
    }
  }

  #carry(output: Buffer, feed: (piece: string) => void): void {
    const text = takeText(output);
    const step = this.#pieceLength ?? Math.max(1, text.length);
    for (let at = 0; at < text.length; at += step) feed(text.slice(at, at + step));
  }
}
