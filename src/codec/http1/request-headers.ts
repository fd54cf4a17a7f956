import { RequestHeaders, Trailers } from '../../common/headers/header-map.ts';
import type { StatefulHeaderKeyFormatter } from '../../common/headers/key-formatter.ts';
import { nameTable } from '../../common/headers/name-table.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import type { Http1Shared } from './connection.ts';
import { type Fault, Faults } from './details.ts';
import type { CollectOptions, FieldParser } from './field-parser.ts';
import type { KnownBlock } from './known-blocks.ts';
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
  const { fields, line, options } = shared;
  const model = line.isPlain ? fields.known?.model : undefined;
  const headers =
    model instanceof RequestHeaders
      ? copyModel(model, shared, bytes, fieldsFrom)
      : collectHeaders(shared, bytes, fieldsFrom, to);
  if (options.headerKeyFormat.kind === 'stateful' && headers instanceof RequestHeaders) {
    headers.formatter = statefulFormatter(options.headerKeyFormat, fields, bytes);
  }
  return headers;
}

function collectHeaders(shared: Shared, bytes: Uint8Array, fieldsFrom: number, to: number): RequestHeaders | Fault {
  const { fields, line, options, stats } = shared;
  const action = options.headersWithUnderscoresAction;
  if (action === 'REJECT_REQUEST' && fields.hasUnderscore(bytes)) return Faults.Underscore;
  const block = shared.heads.keep(bytes, line.isPlain ? line.targetStart : fieldsFrom, to);
  const base = block.used - (to - fieldsFrom);
  if (fields.known === undefined) fields.remember(block, base);
  const headers = new RequestHeaders(block, fields.lines.count + pseudoHeaders + addedOnTheWay, base);
  addPseudoHeaders(headers, shared, fieldsFrom);
  const pseudo = headers.size;
  const dropped = fields.collect(headers, bytes, block.texts, action === 'DROP_HEADER' ? drop : keep);
  for (let i = 0; i < dropped; i++) stats.droppedHeadersWithUnderscores.inc();
  const hasHost = fields.lines.hostLine >= 0;
  if (headers.size - pseudo + (hasHost ? 1 : 0) > options.maxHeadersCount) return Faults.TooManyHeaders;
  if (line.isPlain && dropped === 0) noteModel(headers, fields);
  return headers;
}

/** Of a block that was known, the next ones will be made like this one, before anybody has changed it. */
function noteModel(headers: RequestHeaders, { known, lines }: FieldParser): void {
  if (known === undefined || lines.hasRepeats || known.isChanged(lines.hostLine)) return;
  // Everybody asks for it.
  if (lines.hostLine >= 0) headers.getKnown(authorityId);
  known.model = headers.copy();
}

/** Of fields that are like those of the model: the headers are its, but for what is special about this request. */
function copyModel(
  model: RequestHeaders,
  { fields, heads, line }: Shared,
  bytes: Uint8Array,
  fieldsFrom: number,
): RequestHeaders {
  const known = fields.known as KnownBlock;
  const block = known.keep(heads, bytes, fieldsFrom);
  const headers = new RequestHeaders(block, 0, known.startIn(block), model);
  const { hostLine } = known.lines;
  let index = 0;
  if (hostLine >= 0 && known.isChanged(hostLine)) headers.forgetTextAt(index);
  if (hostLine >= 0) index++;
  headers.putTextAt(index++, heads.texts.read(bytes, fields.words, line.targetStart, line.targetEnd));
  headers.putTextAt(index, line.first);
  return headers;
}

function addPseudoHeaders(headers: RequestHeaders, { fields, line }: Shared, fieldsFrom: number): void {
  const { lines } = fields;
  const { hostLine } = lines;
  if (hostLine >= 0) headers.addParsed(authorityId, lines.valueStartAt(hostLine), lines.valueEndAt(hostLine));
  if (line.isPlain) headers.addParsed(pathId, line.targetStart - fieldsFrom, line.targetEnd - fieldsFrom);
  else if (line.first !== 'CONNECT') headers.addParsedText(pathId, line.second);
  headers.addParsedText(methodId, line.first);
}

/** Trailers of a request; names with underscores are treated as those of headers. */
export function makeRequestTrailers(shared: Shared, bytes: Uint8Array, from: number, to: number): Trailers | Fault {
  const { fields, options, stats } = shared;
  const action = options.headersWithUnderscoresAction;
  if (action === 'REJECT_REQUEST' && fields.hasUnderscore(bytes)) return Faults.Underscore;
  const block = shared.heads.keep(bytes, from, to);
  const trailers = new Trailers(block, fields.lines.count, block.used - (to - from));
  const collect = action === 'DROP_HEADER' ? dropTrailers : keepTrailers;
  const dropped = fields.collect(trailers, bytes, block.texts, collect);
  for (let i = 0; i < dropped; i++) stats.droppedHeadersWithUnderscores.inc();
  return trailers.size > options.maxHeadersCount ? Faults.TooManyTrailers : trailers;
}
