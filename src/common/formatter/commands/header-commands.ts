import type { ConfigContext } from '../../../../sdk/config.ts';
import type { LogContext } from '../../../../sdk/extension.ts';
import type { HeaderMap } from '../../../../sdk/headers.ts';
import { getKnown } from '../../headers/header-entries.ts';
import { nameTable } from '../../headers/name-table.ts';
import { type Command, withParams } from '../command-syntax.ts';
import { BytesProvider } from '../provider.ts';

type HeadersOf = (context: LogContext) => HeaderMap | undefined;

const requestHeaders: HeadersOf = (context) => context.requestHeaders;
const responseHeaders: HeadersOf = (context) => context.responseHeaders;
const responseTrailers: HeadersOf = (context) => context.responseTrailers;

/** `%REQ(X?Y):Z%`: the first value of X, else of Y. `change` is applied to it before it is cut. */
export function headerCommand(headersOf: HeadersOf, change?: (value: string) => string): Command {
  return withParams('params', 'with length', ({ params, maxLength }, ctx) => {
    const [main = '', alternative = ''] = parseHeaderNames(params, ctx);
    const [mainId, alternativeId] = [nameTable.idOf(main), nameTable.idOf(alternative)];
    const find = (context: LogContext): string | undefined => {
      const headers = headersOf(context);
      if (headers === undefined) return undefined;
      return (
        first(headers, main, mainId) ?? (alternative === '' ? undefined : first(headers, alternative, alternativeId))
      );
    };
    if (change === undefined) return new BytesProvider(find, maxLength);
    return new BytesProvider((context) => {
      const value = find(context);
      return value === undefined ? undefined : change(value);
    }, maxLength);
  });
}

/** @param id of the name when it is known, else -1 */
function first(headers: HeaderMap, name: string, id: number): string | undefined {
  return id < 0 ? headers.get(name) : getKnown(headers, id);
}

const headerName = /^(:?[!#$%&'*+\-.^_`|~0-9a-z]+)?$/;

function parseHeaderNames(params: string, ctx: ConfigContext): string[] {
  const names = params.toLowerCase().split('?');
  if (names.length > 2) ctx.error(`More than 1 alternative header specified in token: ${params}`);
  else if (!names.every((name) => headerName.test(name)))
    ctx.error('Invalid header configuration. Format string contains invalid characters.');
  return names;
}

export const headerCommands: readonly (readonly [string, Command])[] = [
  ['REQ', headerCommand(requestHeaders)],
  ['REQUEST_HEADER', headerCommand(requestHeaders)],
  ['STREAM_INFO_REQ', headerCommand(requestHeaders)],
  ['RESP', headerCommand(responseHeaders)],
  ['RESPONSE_HEADER', headerCommand(responseHeaders)],
  ['TRAILER', headerCommand(responseTrailers)],
  ['RESPONSE_TRAILER', headerCommand(responseTrailers)],
];
