import { readLatin1 } from '../../common/buffer/bytes.ts';
import { ResponseHeaders, Trailers } from '../../common/headers/header-map.ts';
import type { Http1Shared } from './connection.ts';
import { type Fault, Faults } from './details.ts';
import type { CollectOptions } from './field-parser.ts';
import type { Http1ClientOptions } from './options.ts';
import { statefulFormatter } from './request-headers.ts';

type Shared = Http1Shared<Http1ClientOptions>;

const collectAll: CollectOptions = { hostIndex: -1, dropUnderscores: false };

/** Headers of the response whose fields have been read. */
export function makeResponseHeaders(
  shared: Shared,
  status: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): ResponseHeaders | Fault {
  const { fields, line, options } = shared;
  const text = readLatin1(bytes, from, to);
  const names = [':status'];
  const values = [String(status)];
  fields.collect(text, from, names, values, collectAll);
  if (names.length - 1 > options.maxHeadersCount) return Faults.TooManyHeaders;
  const headers = new ResponseHeaders(names, values);
  if (options.headerKeyFormat.kind === 'stateful') {
    headers.formatter = statefulFormatter(options.headerKeyFormat, fields, text, from);
    if (headers.formatter !== undefined) headers.formatter.reasonPhrase = line.third;
  }
  return headers;
}

export function makeResponseTrailers(shared: Shared, bytes: Uint8Array, from: number, to: number): Trailers | Fault {
  const names: string[] = [];
  const values: string[] = [];
  shared.fields.collect(readLatin1(bytes, from, to), from, names, values, collectAll);
  return names.length > shared.options.maxHeadersCount ? Faults.TooManyTrailers : new Trailers(names, values);
}
