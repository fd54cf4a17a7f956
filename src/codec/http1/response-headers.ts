import { ResponseHeaders, statusText, Trailers } from '../../common/headers/header-map.ts';
import { nameTable } from '../../common/headers/name-table.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import type { Http1Shared } from './connection.ts';
import { type Fault, Faults } from './details.ts';
import type { CollectOptions } from './field-parser.ts';
import type { Http1ClientOptions } from './options.ts';
import { statefulFormatter } from './request-headers.ts';

type Shared = Http1Shared<Http1ClientOptions>;

const collectAll: CollectOptions = { hostIsAuthority: false, dropUnderscores: false };
/** Status, date, server, service time. */
const addedOnTheWay = 4;
const statusId = nameTable.idOf(HeaderNames.Status);

/** Headers of the response whose fields have been read. */
export function makeResponseHeaders(
  shared: Shared,
  status: number,
  bytes: Uint8Array,
  from: number,
  to: number,
): ResponseHeaders | Fault {
  const { fields, line, options } = shared;
  const block = shared.heads.keep(bytes, from, to);
  const shift = block.used - to;
  fields.remember(block, shift);
  const headers = new ResponseHeaders(block, fields.count + addedOnTheWay, from + shift);
  headers.addParsedText(statusId, statusText(status));
  fields.collect(headers, bytes, from, block.texts, collectAll);
  if (headers.size - 1 > options.maxHeadersCount) return Faults.TooManyHeaders;
  if (options.headerKeyFormat.kind === 'stateful') {
    headers.formatter = statefulFormatter(options.headerKeyFormat, fields, bytes);
    if (headers.formatter !== undefined) headers.formatter.reasonPhrase = line.third;
  }
  return headers;
}

export function makeResponseTrailers(shared: Shared, bytes: Uint8Array, from: number, to: number): Trailers | Fault {
  const { fields, options } = shared;
  const block = shared.heads.keep(bytes, from, to);
  const trailers = new Trailers(block, fields.count, block.used - (to - from));
  fields.collect(trailers, bytes, from, block.texts, collectAll);
  return trailers.size > options.maxHeadersCount ? Faults.TooManyTrailers : trailers;
}
