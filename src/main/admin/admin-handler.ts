/** A page of the admin interface, independent of how HTTP is served. */
import type { AdminContext } from './admin-context.ts';
import type { QueryParams } from './query-params.ts';

export interface AdminRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  /** `content-type` of the request, '' without. */
  readonly contentType: string;
  /** `accept` of the request, '' without. */
  readonly accept: string;
  readonly body: string;
}

export const TEXT = 'text/plain; charset=UTF-8';
export const JSON_TYPE = 'application/json';
export const HTML = 'text/html; charset=UTF-8';

export type AdminChunk = string | Uint8Array;

export interface AdminResponse {
  readonly status: number;
  readonly contentType: string;
  /** Besides those that every answer has, and in front of them. */
  readonly headersBefore?: readonly (readonly [string, string])[];
  /** Chunks are made one by one as the peer reads them. An empty one says that making the next takes a while. */
  readonly body: string | Iterable<AdminChunk>;
  /** To be called when the answer has been handed to the connection. */
  readonly afterwards?: () => void;
}

export interface AdminParam {
  readonly name: string;
  readonly help: string;
  /** Given: one of these. */
  readonly choices?: readonly string[];
  readonly kind: 'text' | 'boolean' | 'choice';
}

export interface AdminHandler {
  /** `/stats`; matched exactly, without the query. */
  readonly path: string;
  readonly help: string;
  /** Needs POST. */
  readonly mutates: boolean;
  readonly params: readonly AdminParam[];
  /** Looks at the path's query alone; others take a form that is posted for one where the path has none. */
  readonly ignoresForms?: boolean;
  handle(query: QueryParams, context: AdminContext, request: AdminRequest): AdminResponse;
}

export function textReply(body: string | Iterable<AdminChunk>, status = 200): AdminResponse {
  return { status, contentType: TEXT, body };
}

export function okReply(): AdminResponse {
  return textReply('OK\n');
}

/** Headers of every answer of the admin interface, in Envoy's order; `date` and `server` follow as always. */
export function adminHeaders(response: AdminResponse): readonly (readonly [string, string])[] {
  return [
    ...(response.headersBefore ?? []),
    ['content-type', response.contentType],
    ['cache-control', 'no-cache, max-age=0'],
    ['x-content-type-options', 'nosniff'],
  ];
}
