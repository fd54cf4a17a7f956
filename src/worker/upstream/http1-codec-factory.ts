import type { ClientCodec } from '../../../sdk/codec.ts';
import type { Scope } from '../../../sdk/stats.ts';
import { Http1ClientCodec, type Http1ClientShared, makeClientShared } from '../../codec/http1/client-codec.ts';
import { makeHttp1CodecStats } from '../../codec/http1/codec-stats.ts';
import { defaultClientOptions } from '../../codec/http1/options.ts';
import { HeadMemory } from '../../common/headers/head-memory.ts';
import type { Http1CodecOptions } from './upstream-context.ts';

/** Makes the client codecs of a thread. What the connections of a cluster have in common is made once; heads are kept in one place for all. */
export class Http1CodecFactory {
  readonly #shared = new WeakMap<Scope, Http1ClientShared>();
  readonly #heads = new HeadMemory();

  readonly create = (options: Http1CodecOptions): ClientCodec => {
    let shared = this.#shared.get(options.scope);
    if (shared === undefined) {
      shared = createShared(options, this.#heads);
      this.#shared.set(options.scope, shared);
    }
    return new Http1ClientCodec(shared, { readDisable: options.readDisable });
  };
}

function createShared(options: Http1CodecOptions, heads: HeadMemory): Http1ClientShared {
  const { headerKeyFormat, enableTrailers, allowChunkedLength, sendFullyQualifiedUrl, maxResponseHeadersCount, scope } =
    options;
  const { bufferLimitBytes, maxResponseHeadersBytes } = options;
  const codecOptions = {
    ...defaultClientOptions,
    enableTrailers,
    allowChunkedLength,
    sendFullyQualifiedUrl,
    maxHeadersCount: maxResponseHeadersCount,
    bufferLimitBytes,
    maxHeadersBytes: maxResponseHeadersBytes ?? defaultClientOptions.maxHeadersBytes,
    headerKeyFormat,
  };
  return makeClientShared(codecOptions, makeHttp1CodecStats(scope), heads);
}
