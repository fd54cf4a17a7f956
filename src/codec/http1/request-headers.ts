import { RequestHeaders, Trailers } from '../../common/headers/header-map.ts';
import type { StatefulHeaderKeyFormatter } from '../../common/headers/key-formatter.ts';
import { nameTable } from '../../common/headers/name-table.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import type { Http1Shared } from './connection.ts';
import { type Fault, Faults } from './details.ts';
import type { CollectOptions, FieldParser } from './field-parser.ts';
import type { HeaderKeyFormat, Http1ServerOptions } from './options.ts';

type Shared = Http1Shared<Http1ServerOptions>;

const keep: CollectOptions = { hostIsAuthority: true, dropUnderscores: false };
const drop: CollectOptions = { hostIsAuthority: true, dropUnderscores: true };
const keepTrailers: CollectOptions = { hostIsAuthority: false, dropUnderscores: false };
const dropTrailers: CollectOptions = { hostIsAuthority: false, dropUnderscores: true };

const pseudoHeaders = 3;
/** Scheme, x-forwarded-for and -proto, request id, expected timeout. */
const addedOnTheWay = 5;

const authorityId = nameTable.idOf(HeaderNames.Authority);
const pathId = nameTable.idOf(HeaderNames.Path);
const methodId = nameTable.idOf(HeaderNames.Method);

/** The formatter of a message, having seen its names; undefined unless they are to keep their spelling. */
export function statefulFormatter(
  format: HeaderKeyFormat,
  fields: FieldParser,
  bytes: Uint8Array,
): StatefulHeaderKeyFormatter | undefined {
  if (format.kind !== 'stateful') return undefined;
  const formatter = format.create();
  fields.noteNames(formatter, bytes);
  return formatter;
}

/** Headers of the request whose line and fields have been read; pseudo headers in Envoy's order. */
export function makeRequestHeaders(
  shared: Shared,
  bytes: Uint8Array,
  fieldsFrom: number,
  to: number,
): RequestHeaders | Fault {
  const { fields, line, options, stats } = shared;
  const action = options.headersWithUnderscoresAction;
  if (action === 'REJECT_REQUEST' && fields.hasUnderscore(bytes)) return Faults.Underscore;
  const from = line.isPlain ? line.targetStart : fieldsFrom;
  const block = shared.heads.keep(bytes, from, to);
  const shift = block.used - to;
  fields.remember(block, shift);
  const headers = new RequestHeaders(block, fields.count + pseudoHeaders + addedOnTheWay, fieldsFrom + shift);
  addPseudoHeaders(headers, shared, fieldsFrom);
  const pseudo = headers.size;
  const collect = action === 'DROP_HEADER' ? drop : keep;
  const dropped = fields.collect(headers, bytes, fieldsFrom, block.texts, collect);
  for (let i = 0; i < dropped; i++) stats.droppedHeadersWithUnderscores.inc();
  if (headers.size - pseudo + (fields.hostLine >= 0 ? 1 : 0) > options.maxHeadersCount) return Faults.TooManyHeaders;
  if (options.headerKeyFormat.kind === 'stateful') {
    headers.formatter = statefulFormatter(options.headerKeyFormat, fields, bytes);
  }
  return headers;
}

function addPseudoHeaders(headers: RequestHeaders, { fields, line }: Shared, from: number): void {
  const { hostLine } = fields;
  if (hostLine >= 0)
    headers.addParsed(authorityId, fields.valueStartAt(hostLine) - from, fields.valueEndAt(hostLine) - from);
  if (line.isPlain) headers.addParsed(pathId, line.targetStart - from, line.targetEnd - from);
  else if (line.first !== 'CONNECT') headers.addParsedText(pathId, line.second);
  headers.addParsedText(methodId, line.first);
}

/** Trailers of a request; names with underscores are treated as those of headers. */
export function makeRequestTrailers(shared: Shared, bytes: Uint8Array, from: number, to: number): Trailers | Fault {
  const { fields, options, stats } = shared;
  const action = options.headersWithUnderscoresAction;
  if (action === 'REJECT_REQUEST' && fields.hasUnderscore(bytes)) return Faults.Underscore;
  const block = shared.heads.keep(bytes, from, to);
  const trailers = new Trailers(block, fields.count, block.used - (to - from));
  const collect = action === 'DROP_HEADER' ? dropTrailers : keepTrailers;
  const dropped = fields.collect(trailers, bytes, from, block.texts, collect);
  for (let i = 0; i < dropped; i++) stats.droppedHeadersWithUnderscores.inc();
  return trailers.size > options.maxHeadersCount ? Faults.TooManyTrailers : trailers;
}
