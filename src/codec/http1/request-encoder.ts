import type { CodecError, RequestEncoder, ResponseDecoder } from '../../../sdk/codec.ts';
import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import { isCleanValue } from '../../common/headers/clean.ts';
import { isToken } from './chars.ts';
import { isUpgrade } from './connection-header.ts';
import { type HeadFraming, StreamEncoder, type StreamOwner } from './stream-encoder.ts';

const withBody: HeadFraming = {
  mayBeChunked: true,
  sayLengthZero: true,
  isHeadResponse: false,
  isConnectResponse: false,
};
const withoutBody: HeadFraming = { ...withBody, sayLengthZero: false };
const unframed: HeadFraming = { ...withBody, mayBeChunked: false };

/** Methods of which an empty body is not announced (Envoy's requestShouldHaveNoBody; RFC 9110 section 8.6). */
function hasNoBody(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'DELETE' || method === 'TRACE' || method === 'CONNECT';
}

/** Known without a look at its characters. */
function isUsual(method: string): boolean {
  return method === 'GET' || method === 'POST';
}

function missing(name: string): CodecError {
  return { kind: 'protocol', details: '', message: `missing required header: ${name}` };
}

/** Sends one request on a client's connection. */
export class Http1RequestEncoder extends StreamEncoder implements RequestEncoder {
  readonly #sendFullyQualifiedUrl: boolean;
  /** Who takes the response. */
  readonly decoder: ResponseDecoder;
  isHead = false;
  isConnect = false;
  isUpgrade = false;

  constructor(owner: StreamOwner, sendFullyQualifiedUrl: boolean, decoder: ResponseDecoder) {
    super(owner);
    this.#sendFullyQualifiedUrl = sendFullyQualifiedUrl;
    this.decoder = decoder;
  }

  /** Only the connection's owner has to know. */
  enableTcpTunneling(): void {}

  encodeHeaders(headers: RequestHeaderMap, endStream: boolean): CodecError | undefined {
    if (this.isDetached) return { kind: 'gone', details: '', message: 'stream has ended' };
    const { method, path, host } = headers;
    this.isConnect = method === 'CONNECT';
    const fault = this.#faultOf(headers, method, path, host);
    if (fault !== undefined) return fault;
    this.isHead = method === 'HEAD';
    this.isUpgrade = isUpgrade(headers);
    const framing = this.isConnect || this.isUpgrade ? unframed : hasNoBody(method) ? withoutBody : withBody;
    const fullUrl = this.#sendFullyQualifiedUrl && !this.isConnect;
    const target = this.isConnect ? host : fullUrl ? `${headers.scheme}://${host}${path}` : path;
    this.writeHead(method, target, headers, endStream, framing);
    return undefined;
  }

  /** What a filter must not have done to the headers: it would change the request's lines (checkValidRequestHeaders). */
  #faultOf(headers: RequestHeaderMap, method: string, path: string, host: string): CodecError | undefined {
    if (method === '') return missing(':method');
    if (!this.isConnect && path === '') return missing(':path');
    if (this.isConnect && host === '') return missing(':authority');
    if (this.#sendFullyQualifiedUrl && !this.isConnect) {
      if (headers.scheme === '') return missing(':scheme');
      if (host === '') return missing(':authority');
    }
    if (!isUsual(method) && method.includes(' ')) return invalid('header value for', ':method');
    return hasCleanEntries(headers) ? undefined : faultOfEntries(headers);
  }
}

/** Whether the map itself knows that all its entries may be sent. */
function hasCleanEntries(headers: RequestHeaderMap): boolean {
  return (headers as { readonly isClean?: boolean }).isClean === true;
}

function faultOfEntries(headers: RequestHeaderMap): CodecError | undefined {
  for (let i = 0; i < headers.size; i++) {
    const name = headers.nameAt(i);
    if (name.charCodeAt(0) !== 0x3a && !isToken(name)) return invalid('header name', name);
    if (!isCleanValue(headers.valueAt(i))) return invalid('header value for', name);
  }
  return undefined;
}

function invalid(what: string, name: string): CodecError {
  return { kind: 'protocol', details: '', message: `invalid ${what}: ${name}` };
}
