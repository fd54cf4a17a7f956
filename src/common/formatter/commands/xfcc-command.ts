import { HeaderNames } from '../../headers/names.ts';
import { type Command, withParams } from '../command-syntax.ts';
import { BytesProvider } from '../provider.ts';

const keys: ReadonlySet<string> = new Set(['by', 'hash', 'cert', 'chain', 'subject', 'uri', 'dns']);

/** Pieces between separators that stand outside of quotes; what a quote that is not closed begins is none. */
function* unquotedPieces(text: string, separator: string): Generator<string> {
  let start = 0;
  let isQuoted = false;
  let isEscaped = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '"' && !isEscaped) isQuoted = !isQuoted;
    isEscaped = character === '\\' && !isEscaped;
    if (character !== separator || isQuoted) continue;
    yield text.slice(start, i);
    start = i + 1;
  }
  if (!isQuoted) yield text.slice(start);
}

function unquote(value: string): string {
  const inner = value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  return inner.replace(/\\(["\\])/g, '$1');
}

function trim(text: string): string {
  return text.replace(/^[\t-\r ]+|[\t-\r ]+$/g, '');
}

/** Of the first element of `x-forwarded-client-cert` that has the key. */
export function xfccValue(header: string, key: string): string | undefined {
  if (header === '') return undefined;
  for (const element of unquotedPieces(header, ',')) {
    for (const pair of unquotedPieces(element, ';')) {
      const equals = pair.indexOf('=');
      const name = trim(equals < 0 ? pair : pair.slice(0, equals));
      if (name.toLowerCase() === key) return unquote(trim(equals < 0 ? '' : pair.slice(equals + 1)));
    }
  }
  return undefined;
}

/** `%XFCC_VALUE(key)%`; a length is taken and means nothing, as in Envoy. */
export const xfccCommand: Command = withParams('optional params', 'with length', ({ params }, ctx) => {
  const key = params.toLowerCase();
  if (key === '') ctx.error('XFCC_VALUE command requires a subcommand');
  else if (!keys.has(key)) ctx.error(`XFCC_VALUE command does not support subcommand: ${key}`);
  return new BytesProvider(({ requestHeaders }) => {
    const header = requestHeaders?.get(HeaderNames.ForwardedClientCert);
    return header === undefined ? undefined : xfccValue(header, key);
  });
});
