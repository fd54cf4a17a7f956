import { ResponseHeaders, statusText, Trailers } from '../../common/headers/header-map.ts';
import { nameTable } from '../../common/headers/name-table.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import type { Http1Shared } from './connection.ts';
import { type Fault, Faults } from './details.ts';
import type { CollectOptions } from './field-parser.ts';
import type { KnownBlock } from './known-blocks.ts';
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
  const model = fields.known?.model;
  const headers =
    model instanceof ResponseHeaders ? copyModel(model, shared, bytes, from) : collectHeaders(shared, bytes, from, to);
  headers.putTextAt(0, statusText(status));
  if (headers.size - 1 > options.maxHeadersCount) return Faults.TooManyHeaders;
  if (options.headerKeyFormat.kind === 'stateful') {
    headers.formatter = statefulFormatter(options.headerKeyFormat, fields, bytes);
    if (headers.formatter !== undefined) headers.formatter.reasonPhrase = line.third;
  }
  return headers;
}

function collectHeaders({ fields, heads }: Shared, bytes: Uint8Array, from: number, to: number): ResponseHeaders {
  const block = heads.keep(bytes, from, to);
  const base = block.used - (to - from);
  const { known } = fields;
  if (known === undefined) fields.remember(block, base);
  const headers = new ResponseHeaders(block, fields.lines.count + addedOnTheWay, base);
  headers.addParsedText(statusId, '');
  fields.collect(headers, bytes, block.texts, collectAll);
  // The next ones will be made like this one, before anybody has changed it.
  if (known !== undefined && !fields.lines.hasRepeats) known.model = headers.copy();
  return headers;
}

function copyModel(
  model: ResponseHeaders,
  { fields, heads }: Shared,
  bytes: Uint8Array,
  from: number,
): ResponseHeaders {
  const known = fields.known as KnownBlock;
  const block = known.keep(heads, bytes, from);
  return new ResponseHeaders(block, 0, known.startIn(block), model);
}

export function makeResponseTrailers(shared: Shared, bytes: Uint8Array, from: number, to: number): Trailers | Fault {
  const { fields, options } = shared;
  const block = shared.heads.keep(bytes, from, to);
  const trailers = new Trailers(block, fields.lines.count, block.used - (to - from));
  fields.collect(trailers, bytes, block.texts, collectAll);
  return trailers.size > options.maxHeadersCount ? Faults.TooManyTrailers : trailers;
}
