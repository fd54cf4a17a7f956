import { readLatin1 } from '../../common/buffer/bytes.ts';
import { RequestHeaders, Trailers } from '../../common/headers/header-map.ts';
import type { StatefulHeaderKeyFormatter } from '../../common/headers/key-formatter.ts';
import type { Http1Shared } from './connection.ts';
import { type Fault, Faults } from './details.ts';
import type { CollectOptions, FieldParser } from './field-parser.ts';
import type { HeaderKeyFormat, Http1ServerOptions } from './options.ts';

type Shared = Http1Shared<Http1ServerOptions>;

const keep: CollectOptions = { hostIndex: 0, dropUnderscores: false };
const drop: CollectOptions = { hostIndex: 0, dropUnderscores: true };
const trailersOptions: CollectOptions = { hostIndex: -1, dropUnderscores: false };

/** The formatter of a message, having seen its names; undefined unless they are to keep their spelling. */
export function statefulFormatter(
  format: HeaderKeyFormat,
  fields: FieldParser,
  text: string,
  base: number,
): StatefulHeaderKeyFormatter | undefined {
  if (format.kind !== 'stateful') return undefined;
  const formatter = format.create();
  fields.noteNames(formatter, text, base);
  return formatter;
}

/** Headers of the request whose line and fields have been read; pseudo headers in Envoy's order. */
export function makeRequestHeaders(
  shared: Shared,
  bytes: Uint8Array,
  from: number,
  to: number,
): RequestHeaders | Fault {
  const { fields, line, options, stats } = shared;
  const base = line.isPlain ? 0 : from;
  const text = readLatin1(bytes, base, to);
  if (line.isPlain) line.takeTarget(text);
  const action = options.headersWithUnderscoresAction;
  if (action === 'REJECT_REQUEST' && fields.hasUnderscore(text, base)) return Faults.Underscore;
  const isConnect = line.first === 'CONNECT';
  const names = isConnect ? [':authority', ':method'] : [':authority', ':path', ':method'];
  const values = isConnect ? ['', line.first] : ['', line.second, line.first];
  const pseudo = names.length;
  const dropped = fields.collect(text, base, names, values, action === 'DROP_HEADER' ? drop : keep);
  for (let i = 0; i < dropped; i++) stats.droppedHeadersWithUnderscores.inc();
  const hasHost = fields.hostLine >= 0;
  if (names.length - pseudo + (hasHost ? 1 : 0) > options.maxHeadersCount) return Faults.TooManyHeaders;
  if (!hasHost) {
    names.shift();
    values.shift();
  }
  const headers = new RequestHeaders(names, values);
  if (options.headerKeyFormat.kind === 'stateful') {
    headers.formatter = statefulFormatter(options.headerKeyFormat, fields, text, base);
  }
  return headers;
}

/** Trailers of a request; names with underscores are treated as those of headers. */
export function makeRequestTrailers(shared: Shared, bytes: Uint8Array, from: number, to: number): Trailers | Fault {
  const { fields, options, stats } = shared;
  const text = readLatin1(bytes, from, to);
  const action = options.headersWithUnderscoresAction;
  if (action === 'REJECT_REQUEST' && fields.hasUnderscore(text, from)) return Faults.Underscore;
  const names: string[] = [];
  const values: string[] = [];
  const collect = { ...trailersOptions, dropUnderscores: action === 'DROP_HEADER' };
  const dropped = fields.collect(text, from, names, values, collect);
  for (let i = 0; i < dropped; i++) stats.droppedHeadersWithUnderscores.inc();
  if (names.length > options.maxHeadersCount) return Faults.TooManyTrailers;
  return new Trailers(names, values);
}
