/** As much HTTP/1.1 as a test's client and upstream need: whole messages in, whole messages out. */
import type { SimulatedRequest, SimulatedResponse } from '../../../sdk/testing/simulated-proxy.ts';

interface Message {
  readonly firstLine: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Where the next message begins. */
  readonly end: number;
}

interface Body {
  readonly text: string;
  readonly end: number;
}

/** The first request in `text`, and where it ends; undefined while it is not whole. */
export function readRequest(text: string): { request: SimulatedRequest; end: number } | undefined {
  const message = readMessage(text, (headers) => headers['content-length'] ?? '0');
  if (message === undefined) return undefined;
  const { headers, body, end } = message;
  const [method = '', path = ''] = message.firstLine;
  return { request: { method, path, headers, body }, end };
}

/** The first final response in `text`, and where it ends; undefined while it is not whole. `over`: the peer has closed. */
export function readResponse(
  text: string,
  method: string,
  over: boolean,
): { response: SimulatedResponse; end: number } | undefined {
  const message = readMessage(text, (headers, [, status = '']) =>
    method === 'HEAD' || status === '204' || status === '304' || status.startsWith('1')
      ? 'none'
      : (headers['content-length'] ?? (over ? 'rest' : 'unknown')),
  );
  if (message === undefined) return undefined;
  const status = Number(message.firstLine[1]);
  const { headers, body, end } = message;
  if (status >= 200 || status === 101) return { response: { status, headers, body }, end };
  const final = readResponse(text.slice(end), method, over);
  return final === undefined ? undefined : { response: final.response, end: end + final.end };
}

export function writeRequest({ method, path, headers, body }: SimulatedRequest): string {
  const sized = body === '' || 'transfer-encoding' in headers ? headers : { 'content-length': body.length, ...headers };
  return `${method} ${path} HTTP/1.1\r\n${headerLines({ host: 'test', ...sized })}\r\n${body}`;
}

export function writeResponse(status: number, headers: Readonly<Record<string, string>>, body: string): string {
  return `HTTP/1.1 ${status} Simulated\r\n${headerLines({ 'content-length': body.length, ...headers })}\r\n${body}`;
}

function headerLines(headers: Readonly<Record<string, string | number>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
}

/** @param lengthOf the body's length: `none`, a number, `rest` (up to the end) or `unknown` (not before the end) */
function readMessage(
  text: string,
  lengthOf: (headers: Readonly<Record<string, string>>, firstLine: readonly string[]) => string,
): Message | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const [first = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const firstLine = first.split(' ');
  const headers = readHeaders(lines);
  const start = headEnd + 4;
  const length = lengthOf(headers, firstLine);
  const isChunked = length !== 'none' && headers['transfer-encoding']?.toLowerCase() === 'chunked';
  const body = isChunked ? readChunks(text, start) : readSized(text, start, length);
  return body === undefined ? undefined : { firstLine, headers, body: body.text, end: body.end };
}

function readHeaders(lines: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  return headers;
}

function readSized(text: string, start: number, length: string): Body | undefined {
  if (length === 'none') return { text: '', end: start };
  if (length === 'rest') return { text: text.slice(start), end: text.length };
  const end = start + Number(length);
  return end <= text.length ? { text: text.slice(start, end), end } : undefined;
}

function readChunks(text: string, start: number): Body | undefined {
  let body = '';
  for (let at = start; ; ) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (Number.isNaN(size)) throw new Error(`no chunk size: ${text.slice(at, lineEnd)}`);
    if (size === 0) {
      // Without trailers the last chunk's line is followed by the empty one.
      const end = text.startsWith('\r\n', lineEnd + 2) ? lineEnd + 2 : text.indexOf('\r\n\r\n', lineEnd + 2) + 2;
      return end < lineEnd + 2 ? undefined : { text: body, end: end + 2 };
    }
    body += text.slice(lineEnd + 2, lineEnd + 2 + size);
    at = lineEnd + 2 + size + 2;
  }
}
