import type { ConfigContext } from '../../../../sdk/config.ts';
import type { LogContext } from '../../../../sdk/extension.ts';
import { toByteText } from '../byte-text.ts';
import { type Command, withParams } from '../command-syntax.ts';
import { BytesProvider } from '../provider.ts';
import { decodeUrlCharacters, findQueryParameter, queryOf, withoutQuery } from '../query.ts';

const originalPath = 'x-envoy-original-path';
const originalHost = 'x-envoy-original-host';

type Source = 'ORIG' | 'CURRENT' | 'ORIG_OR_CURRENT';

function headerOf(context: LogContext, source: Source, original: string, current: string): string | undefined {
  const headers = context.requestHeaders;
  if (source === 'CURRENT') return headers?.get(current);
  const value = headers?.get(original);
  return value === undefined && source === 'ORIG_OR_CURRENT' ? headers?.get(current) : value;
}

/** One of the options of a command; '' is the first. Others are refused with Envoy's words. */
function option(value: string, allowed: readonly string[], fallback: string, name: string, ctx: ConfigContext): string {
  if (value === '') return fallback;
  if (allowed.includes(value)) return value;
  ctx.error(`Invalid ${name} option: '${value}', only ${allowed.map((each) => `'${each}'`).join('/')} are allowed`);
  return fallback;
}

/** `%PATH(WQ|NQ:ORIG|PATH|ORIG_OR_PATH):Z%` */
const path = withParams('optional params', 'with length', ({ params, maxLength }, ctx) => {
  const [query = '', from = ''] = params.split(':');
  const noQuery = option(query, ['WQ', 'NQ'], 'WQ', 'PATH', ctx) === 'NQ';
  const source = pathSource(option(from, ['ORIG', 'PATH', 'ORIG_OR_PATH'], 'ORIG_OR_PATH', 'PATH', ctx));
  return new BytesProvider((context) => {
    const value = headerOf(context, source, originalPath, ':path');
    return value !== undefined && noQuery ? withoutQuery(value) : value;
  }, maxLength);
});

function pathSource(name: string): Source {
  if (name === 'ORIG') return 'ORIG';
  return name === 'PATH' ? 'CURRENT' : 'ORIG_OR_CURRENT';
}

/** `%QUERY_PARAM(X):Z%`: the first value of X, percent-decoded. */
const queryParam = withParams('params', 'with length', ({ params, maxLength }) => {
  const wanted = toByteText(params);
  return new BytesProvider(
    (context) => findQueryParameter(context.requestHeaders?.get(':path') ?? '', wanted),
    maxLength,
  );
});

/** `%QUERY_PARAMS(ORIG|DECODED):Z%`: all of them as they stand, or decoded. */
const queryParams = withParams('optional params', 'with length', ({ params, maxLength }, ctx) => {
  const decoded = option(params, ['ORIG', 'DECODED'], 'ORIG', 'QUERY_PARAMS', ctx) === 'DECODED';
  return new BytesProvider((context) => {
    const query = queryOf(context.requestHeaders?.get(':path') ?? '');
    return query !== undefined && decoded ? decodeUrlCharacters(query) : query;
  }, maxLength);
});

/** `%REQUESTED_SERVER_NAME(SNI_ONLY|SNI_FIRST|HOST_FIRST:ORIG_OR_HOST|HOST|ORIG)%` */
const requestedServerName = withParams('optional params', 'without length', ({ params }, ctx) => {
  const [first = '', from = ''] = params.split(':');
  const name = 'REQUESTED_SERVER_NAME';
  const order = option(first, ['SNI_ONLY', 'SNI_FIRST', 'HOST_FIRST'], 'SNI_ONLY', name, ctx);
  const source = hostSource(option(from, ['ORIG_OR_HOST', 'HOST', 'ORIG'], 'ORIG_OR_HOST', name, ctx));
  return new BytesProvider((context, streamInfo) => {
    const sni = sanitizeHostname(streamInfo.downstreamConnection.requestedServerName) || undefined;
    if (order === 'SNI_ONLY') return sni;
    const host = headerOf(context, source, originalHost, ':authority') || undefined;
    return order === 'SNI_FIRST' ? (sni ?? host) : (host ?? sni);
  });
});

function hostSource(name: string): Source {
  if (name === 'ORIG') return 'ORIG';
  return name === 'HOST' ? 'CURRENT' : 'ORIG_OR_CURRENT';
}

/** What no host name has becomes '_', and the name is told to be none. */
function sanitizeHostname(name: string): string {
  const clean = name.replace(/[^0-9A-Za-z._-]/g, '_');
  return clean === name ? name : `invalid:${clean}`;
}

export const pathCommands: readonly (readonly [string, Command])[] = [
  ['PATH', path],
  ['QUERY_PARAM', queryParam],
  ['QUERY_PARAMS', queryParams],
  ['REQUESTED_SERVER_NAME', requestedServerName],
];
