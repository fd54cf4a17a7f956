/** Short ways to write steps. */
import type { Case, Exchange, NormaliserName } from './case.ts';

export type Lines = readonly string[];
export type Rest = Omit<Exchange, 'to' | 'send'>;

/** A request's bytes from its start line and header lines; `host: test` is there unless a Host line is. */
export function request(start: string, lines: Lines = [], body = ''): string {
  const hasHost = lines.some((line) => /^host\s*:/i.test(line));
  const all = [start, ...(hasHost ? [] : ['host: test']), ...lines];
  return `${all.join('\r\n')}\r\n\r\n${body}`;
}

/** A GET of one path. */
export function get(to: string, path: string, lines: Lines = [], rest: Rest = {}): Exchange {
  return { to, send: request(`GET ${path} HTTP/1.1`, lines), ...rest };
}

export function post(to: string, path: string, body: string, lines: Lines = [], rest: Rest = {}): Exchange {
  const length = `content-length: ${body.length}`;
  return { to, send: request(`POST ${path} HTTP/1.1`, [...lines, length], body), ...rest };
}

/** One case of one exact message. */
export function raw(name: string, to: string, send: string | readonly string[], rest: Rest = {}): Case {
  return { name, steps: [{ to, send, ...rest }] };
}

/** The same message whole and byte by byte: the answers must be those of the same two recordings. */
export function wholeAndBytewise(name: string, to: string, send: string, rest: Rest = {}): Case {
  return {
    name,
    steps: [
      { to, send, ...rest },
      { to, send, bytewise: true, ...rest },
    ],
  };
}

/** A case that asks one path after the other with the same lines. */
export function gets(name: string, to: string, paths: Lines, lines: Lines = [], rest: Rest = {}): Case {
  return { name, steps: paths.map((path) => get(to, path, lines, rest)) };
}

/** The statistics matching a regex, as text. */
export function stats(regex: string, normalise: readonly NormaliserName[] = []): Exchange {
  const path = `/stats?filter=${encodeURIComponent(regex)}`;
  return { ...get('admin', path), only: '^$', blind: true, normalise: ['histograms', ...normalise] };
}

export function response(start: string, lines: Lines = [], body = ''): string {
  return `${[start, ...lines].join('\r\n')}\r\n\r\n${body}`;
}

/** A 200 with a length. */
export function ok(body = 'ok', lines: Lines = []): string {
  return response('HTTP/1.1 200 OK', [...lines, `content-length: ${body.length}`], body);
}
