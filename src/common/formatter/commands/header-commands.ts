import type { ConfigContext } from '../../../../sdk/config.ts';
import type { LogContext } from '../../../../sdk/extension.ts';
import type { HeaderMap } from '../../../../sdk/headers.ts';
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
    const find = (context: LogContext): string | undefined => {
      const headers = headersOf(context);
      if (headers === undefined) return undefined;
      return headers.get(main) ?? (alternative === '' ? undefined : headers.get(alternative));
    };
    if (change === undefined) return new BytesProvider(find, maxLength);
    return new BytesProvider((context) => {
      const value = find(context);
      return value === undefined ? undefined : change(value);
    }, maxLength);
  });
}

const headerName = /^:?[!#$%&'*+\-.^_`|~0-9a-z]*$/;

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
