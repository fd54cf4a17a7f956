import type { Counter } from '../../../sdk/stats.ts';
import type { HeaderKeyFormat } from '../../common/http/header-key-format.ts';

/** `http1.*` of the listener's or cluster's scope (source/common/http/http1/codec_stats.h). */
export interface Http1CodecStats {
  readonly droppedHeadersWithUnderscores: Counter;
  readonly metadataNotSupportedError: Counter;
  readonly requestsRejectedWithUnderscoresInHeaders: Counter;
  readonly responseFlood: Counter;
}

export type { HeaderKeyFormat };

/** Options of both sides; the names are those of envoy.config.core.v3.Http1ProtocolOptions where there is one. */
export interface Http1Options {
  readonly enableTrailers: boolean;
  readonly allowChunkedLength: boolean;
  readonly allowCustomMethods: boolean;
  readonly headerKeyFormat: HeaderKeyFormat;
  /** Largest head, and largest block of trailers, in bytes on the wire. */
  readonly maxHeadersBytes: number;
  readonly maxHeadersCount: number;
  /**
   * Accept bare LF, bare CR, folded lines and junk behind chunk sizes and chunks as Envoy does. What smuggling lives
   * on, so it is off unless asked for.
   */
  readonly relaxedLines: boolean;
  /** High watermark of the output; 0 = none. */
  readonly bufferLimitBytes: number;
}

export interface Http1ServerOptions extends Http1Options {
  readonly acceptHttp10: boolean;
  /** '' = none: then HTTP/1.0 without Host is refused by the connection manager. */
  readonly defaultHostForHttp10: string;
  readonly allowAbsoluteUrl: boolean;
  readonly headersWithUnderscoresAction: 'ALLOW' | 'REJECT_REQUEST' | 'DROP_HEADER';
  /** Whether a value of Upgrade is to be ignored (`ignore_http_11_upgrade`, compiled); undefined = none. */
  readonly ignoreUpgrade: ((protocol: string) => boolean) | undefined;
  /** The connection manager keeps the connection after a bad but well-framed request. */
  readonly streamErrorOnInvalidHttpMessage: boolean;
  /** Refuse https targets on a plaintext connection (Envoy: an edge proxy, `use_remote_address` and no trusted hops). */
  readonly validateScheme: boolean;
}

export interface Http1ClientOptions extends Http1Options {
  readonly sendFullyQualifiedUrl: boolean;
}

const common: Http1Options = {
  enableTrailers: false,
  allowChunkedLength: false,
  allowCustomMethods: false,
  headerKeyFormat: { kind: 'default' },
  maxHeadersBytes: 60 * 1024,
  maxHeadersCount: 100,
  relaxedLines: false,
  bufferLimitBytes: 1024 * 1024,
};

export const defaultServerOptions: Http1ServerOptions = {
  ...common,
  acceptHttp10: false,
  defaultHostForHttp10: '',
  allowAbsoluteUrl: true,
  headersWithUnderscoresAction: 'ALLOW',
  ignoreUpgrade: undefined,
  streamErrorOnInvalidHttpMessage: false,
  validateScheme: false,
};

/** Envoy: MAX_RESPONSE_HEADERS_KB is 80, whatever the request limit. */
export const defaultClientOptions: Http1ClientOptions = {
  ...common,
  maxHeadersBytes: 80 * 1024,
  sendFullyQualifiedUrl: false,
};
