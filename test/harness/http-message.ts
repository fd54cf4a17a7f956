/**
 * A plain reader of HTTP/1 messages for tests: it keeps the head's lines as they came and undoes the body's framing.
 * It judges nothing; it shares no code with the proxy's codec on purpose.
 */

export type Framing = 'length' | 'chunked' | 'close' | 'none' | 'upgrade';

/** Texts are latin1: one character a byte. */
export interface HttpMessage {
  readonly head: readonly string[];
  readonly framing: Framing;
  readonly body: string;
  readonly trailers?: readonly string[];
}

export interface ReadMessage {
  readonly message: HttpMessage;
  /** Where the next message begins. */
  readonly end: number;
}

export interface ReadOptions {
  readonly kind: 'request' | 'response';
  /** Of a response: the method it answers (HEAD and CONNECT change the framing). */
  readonly method?: string;
  /** The peer has ended: a body without a length is complete. */
  readonly ended?: boolean;
}

function fieldOf(head: readonly string[], name: string): string | undefined {
  const prefix = `${name}:`;
  const line = head.find((candidate, index) => index > 0 && candidate.toLowerCase().startsWith(prefix));
  return line?.slice(prefix.length).trim().toLowerCase();
}

function statusOf(head: readonly string[]): number {
  return Number((head[0] ?? '').split(' ')[1]);
}

/** 1xx other than 101: another response to the same request follows. */
export function isInterim(message: HttpMessage): boolean {
  const status = statusOf(message.head);
  return status >= 100 && status < 200 && status !== 101;
}

function framingOfResponse(head: readonly string[], method: string): Framing {
  const status = statusOf(head);
  if (status === 101 || (method === 'CONNECT' && status >= 200 && status < 300)) return 'upgrade';
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 'none';
  if (fieldOf(head, 'transfer-encoding')?.includes('chunked')) return 'chunked';
  return fieldOf(head, 'content-length') === undefined ? 'close' : 'length';
}

function framingOfRequest(head: readonly string[]): Framing {
  if ((head[0] ?? '').startsWith('CONNECT ') || fieldOf(head, 'connection')?.includes('upgrade')) return 'upgrade';
  if (fieldOf(head, 'transfer-encoding')?.includes('chunked')) return 'chunked';
  return fieldOf(head, 'content-length') === undefined ? 'none' : 'length';
}

interface Body {
  readonly body: string;
  readonly trailers?: string[];
  readonly end: number;
}

function readTrailers(text: string, from: number, body: string): Body | undefined {
  const trailers: string[] = [];
  let at = from;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const line = text.slice(at, lineEnd);
    at = lineEnd + 2;
    if (line === '') return trailers.length > 0 ? { body, trailers, end: at } : { body, end: at };
    trailers.push(line);
  }
}

function readChunks(text: string, from: number): Body | undefined {
  let body = '';
  let at = from;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    at = lineEnd + 2;
    if (size === 0) return readTrailers(text, at, body);
    if (!(size > 0) || text.length < at + size + 2) return undefined;
    body += text.slice(at, at + size);
    at += size + 2;
  }
}

function readBody(text: string, from: number, framing: Framing, head: readonly string[], ended: boolean) {
  if (framing === 'none' || framing === 'upgrade') return { body: '', end: from };
  if (framing === 'chunked') return readChunks(text, from);
  if (framing === 'close') return ended ? { body: text.slice(from), end: text.length } : undefined;
  const end = from + Number(fieldOf(head, 'content-length'));
  return text.length >= end ? { body: text.slice(from, end), end } : undefined;
}

/** The head's lines at `from`, or undefined while it is not complete. */
export function readHead(text: string, from: number): { head: string[]; end: number } | undefined {
  const end = text.indexOf('\r\n\r\n', from);
  return end < 0 ? undefined : { head: text.slice(from, end).split('\r\n'), end: end + 4 };
}

/** Reads the message that begins at `from`; undefined while it is not complete. */
export function readMessage(text: string, from: number, options: ReadOptions): ReadMessage | undefined {
  const found = readHead(text, from);
  if (found === undefined) return undefined;
  const { head } = found;
  const framing =
    options.kind === 'request' ? framingOfRequest(head) : framingOfResponse(head, options.method ?? 'GET');
  const content: Body | undefined = readBody(text, found.end, framing, head, options.ended === true);
  if (content === undefined) return undefined;
  const { body, trailers, end } = content;
  return { message: trailers === undefined ? { head, framing, body } : { head, framing, body, trailers }, end };
}
