import type { ClientCodec, ResponseDecoder } from '../../../sdk/codec.ts';
import type {
  Cancellable,
  Host,
  HttpConnectionPool,
  HttpPoolCallbacks,
  PoolFailureReason,
} from '../../../sdk/upstream.ts';
import type { ActiveClient } from './active-client.ts';
import { ConnPool, type ConnPoolOptions, PendingStream } from './conn-pool.ts';
import { createHostConnection } from './host-connection.ts';
import { Http1ActiveClient } from './http1-active-client.ts';
import { createCodecOf } from './http1-codec-of.ts';
import type { UpstreamContext } from './upstream-context.ts';

class PendingHttpStream extends PendingStream {
  readonly decoder: ResponseDecoder;
  readonly callbacks: HttpPoolCallbacks;

  constructor(pool: ConnPool, decoder: ResponseDecoder, callbacks: HttpPoolCallbacks) {
    super(pool);
    this.decoder = decoder;
    this.callbacks = callbacks;
  }

  fail(reason: PoolFailureReason, transportFailureReason: string, host: Host | undefined): void {
    this.callbacks.onPoolFailure(reason, transportFailureReason, host);
  }
}

/** HTTP/1 connections to a host: one request at a time on each. */
export class Http1ConnPool extends ConnPool implements HttpConnectionPool {
  protected readonly enforcesMaxRequests = true;
  readonly owner: number | undefined;
  readonly #context: UpstreamContext;

  constructor(options: ConnPoolOptions, context: UpstreamContext) {
    super(options);
    this.owner = options.owner;
    this.#context = context;
  }

  newStream(decoder: ResponseDecoder, callbacks: HttpPoolCallbacks): Cancellable | undefined {
    const client = this.readyClient;
    if (client !== undefined) {
      if (this.beginStream(client)) this.#start(client as Http1ActiveClient, decoder, callbacks);
      else callbacks.onPoolFailure('Overflow', '', this.host);
      this.preconnect();
      return undefined;
    }
    const pending = new PendingHttpStream(this, decoder, callbacks);
    if (this.enqueue(pending)) return pending;
    callbacks.onPoolFailure('Overflow', '', undefined);
    return undefined;
  }

  createCodec(readDisable: (disable: boolean) => void): ClientCodec {
    return createCodecOf(this.cluster, this.#context, readDisable);
  }

  protected createClient(): ActiveClient {
    this.stats.upstreamCxHttp1Total.inc();
    return new Http1ActiveClient(
      this,
      createHostConnection(this.#context, this.host, this.cluster, this.socketOptions),
    );
  }

  protected attach(client: ActiveClient, pending: PendingStream): void {
    const { decoder, callbacks } = pending as PendingHttpStream;
    this.#start(client as Http1ActiveClient, decoder, callbacks);
  }

  #start(client: Http1ActiveClient, decoder: ResponseDecoder, callbacks: HttpPoolCallbacks): void {
    const { connection } = client;
    const stream = client.newStream(decoder);
    if (connection.streamInfo.upstream !== undefined) connection.streamInfo.upstream.numStreams = client.streamsStarted;
    callbacks.onPoolReady(stream, this.host, connection.info, connection.streamInfo, client.codec.protocol);
  }
}
