import type { Buffer } from '../../../sdk/buffer.ts';
import type { RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { LocalReply } from '../../../sdk/http.ts';
import type { RouteEntry } from '../../../sdk/router.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { toByteText } from '../../common/formatter/byte-text.ts';
import { RequestHeaders, ResponseHeaders } from '../../common/headers/header-map.ts';

/** A local reply while it is being made; a rewriter may change all of it. */
export interface LocalReplyDraft {
  status: number;
  /** A byte string (byte-text.ts). */
  body: string;
  contentType: string;
}

/** `local_reply_config`, made ready. */
export interface LocalReplyRewriter {
  rewrite(
    draft: LocalReplyDraft,
    requestHeaders: RequestHeaderMap,
    responseHeaders: ResponseHeaderMap,
    streamInfo: StreamInfo,
  ): void;
}

export interface PreparedLocalReply {
  readonly headers: ResponseHeaderMap;
  /** Undefined when the headers are all. */
  readonly body: Buffer | undefined;
}

interface Circumstances {
  readonly requestHeaders: RequestHeaderMap | undefined;
  readonly streamInfo: StreamInfo;
  readonly routeEntry: RouteEntry | undefined;
  readonly isGrpcRequest: boolean;
  readonly isHeadRequest: boolean;
}

const TEXT = 'text/plain';

/** Envoy's Utility::prepareLocalReply: what a reply of our own looks like to plain HTTP and to gRPC clients. */
export function prepareLocalReply(
  reply: LocalReply,
  circumstances: Circumstances,
  rewriter: LocalReplyRewriter | undefined,
): PreparedLocalReply {
  const body = toByteText(reply.body ?? '');
  const headers = ResponseHeaders.withStatus(reply.status);
  applyRoute(headers, circumstances);
  if (reply.modifyHeaders !== undefined) reply.modifyHeaders(headers);
  const draft: LocalReplyDraft = { status: reply.status, body, contentType: TEXT };
  const typeBefore = headers.get('content-type');
  if (rewriter !== undefined) rewrite(rewriter, draft, headers, circumstances);
  // For the filters' formats; those of the route have had 0.
  circumstances.streamInfo.responseCode = draft.status;
  if (circumstances.isGrpcRequest) {
    toGrpc(headers, draft, reply.grpcStatus, circumstances.isHeadRequest);
    return { headers, body: undefined };
  }
  if (draft.body === '') {
    headers.remove('content-length');
    headers.remove('content-type');
    return { headers, body: undefined };
  }
  const data = new SliceBuffer();
  data.add(draft.body);
  headers.set('content-length', String(data.length));
  const typeAfter = headers.get('content-type');
  const rewritten =
    draft.body !== body && (typeAfter === '' || (draft.contentType !== TEXT && typeAfter === typeBefore));
  if (typeAfter === undefined || rewritten) headers.set('content-type', draft.contentType);
  return { headers, body: circumstances.isHeadRequest ? undefined : data };
}

function applyRoute(headers: ResponseHeaderMap, { routeEntry, requestHeaders, streamInfo }: Circumstances): void {
  if (routeEntry === undefined || requestHeaders === undefined) return;
  routeEntry.finalizeResponseHeaders(headers, requestHeaders, streamInfo);
}

function rewrite(
  rewriter: LocalReplyRewriter,
  draft: LocalReplyDraft,
  headers: ResponseHeaderMap,
  { requestHeaders, streamInfo }: Circumstances,
): void {
  // Filters by status and %RESPONSE_CODE% read it there.
  streamInfo.responseCode = draft.status;
  rewriter.rewrite(draft, requestHeaders ?? new RequestHeaders(), headers, streamInfo);
}

function toGrpc(
  headers: ResponseHeaderMap,
  { status, body, contentType }: LocalReplyDraft,
  grpcStatus: number | undefined,
  isHeadRequest: boolean,
): void {
  headers.status = 200;
  headers.set('content-type', 'application/grpc');
  if (!headers.has('grpc-status')) headers.set('grpc-status', String(grpcStatus ?? grpcStatusOf(status)));
  if (body !== '' && !isHeadRequest) {
    const text = contentType === 'application/json' && body.endsWith('\n') ? body.slice(0, -1) : body;
    headers.set('grpc-message', percentEncode(text));
  }
  headers.remove('content-length');
}

/** The gRPC status for an HTTP one (doc/http-grpc-status-mapping.md of gRPC, with Envoy's 429). */
export function grpcStatusOf(status: number): number {
  switch (status) {
    case 400:
      return 13;
    case 401:
      return 16;
    case 403:
      return 7;
    case 404:
      return 12;
    case 429:
    case 502:
    case 503:
    case 504:
      return 14;
    default:
      return 2;
  }
}

/** As gRPC wants `grpc-message` (PROTOCOL-HTTP2.md): bytes outside 0x20…0x7e and '%' as %XX. */
function percentEncode(bytes: string): string {
  return bytes.replace(/[^ -$&-~]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}
