/** The HTTP/1 codecs: bytes in, events out, bytes out. */
export { Http1ClientCodec, type Http1ClientShared, makeClientShared } from './client-codec.ts';
export { makeHttp1CodecStats } from './codec-stats.ts';
export type { Http1ConnectionHooks } from './connection.ts';
export { Http1Details } from './details.ts';
export {
  defaultClientOptions,
  defaultServerOptions,
  type HeaderKeyFormat,
  type Http1ClientOptions,
  type Http1CodecStats,
  type Http1ServerOptions,
} from './options.ts';
export { reasonPhrase } from './reason-phrases.ts';
export { Http1ServerCodec, type Http1ServerShared, makeServerShared } from './server-codec.ts';
