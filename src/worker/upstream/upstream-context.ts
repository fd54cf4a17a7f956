import type { ClientCodec } from '../../../sdk/codec.ts';
import type { Dispatcher } from '../../../sdk/event.ts';
import type { Runtime, ServerFactoryContext } from '../../../sdk/extension.ts';
import type { Scope } from '../../../sdk/stats.ts';
import type { Locality } from '../../../sdk/upstream.ts';
import type { Http1UpstreamOptions } from '../../common/upstream/http-protocol-options.ts';
import type { SocketEngine } from '../../network/engine/engine.ts';
import type { ConnectionIds } from '../network/connection-info.ts';
import type { AddressMaker } from './priority-set.ts';

/** What a client codec tells the connection beneath it, besides bytes. */
export interface Http1CodecOptions extends Http1UpstreamOptions {
  readonly maxResponseHeadersCount: number;
  /** undefined = the codec's default. */
  readonly maxResponseHeadersBytes: number | undefined;
  /** High watermark of what waits to be written; 0 = none. */
  readonly bufferLimitBytes: number;
  readonly scope: Scope;
  /** A stream's reader wants less, or again more: counted, as Connection.readDisable. */
  readDisable(disable: boolean): void;
}

/** What the upstream side of a worker stands on. */
export interface UpstreamContext {
  /** 0…; main, when it sends requests itself, has a row of its own behind the workers'. */
  readonly workerIndex: number;
  /** That keep host statistics. */
  readonly threads: number;
  /** Statistics of a cluster's traffic are made at its first use. */
  readonly deferTrafficStats?: boolean;
  readonly dispatcher: Dispatcher;
  readonly runtime: Runtime;
  /** The server's root scope. */
  readonly scope: Scope;
  readonly engine: Pick<SocketEngine, 'connect' | 'connectUdp'>;
  readonly connectionIds: ConnectionIds;
  readonly makeAddress: AddressMaker;
  /** Where we are, and the name of the cluster that we are of ('' = none). */
  readonly locality: Locality;
  readonly localClusterName: string;
  /** For transport sockets; asked only where one is configured. */
  readonly serverContext: () => ServerFactoryContext;
  /** News for one of main's parts, see snapshot/host-events.ts. */
  readonly tellMain: (topic: string, data: unknown) => void;
  createHttp1Codec(options: Http1CodecOptions): ClientCodec;
}
