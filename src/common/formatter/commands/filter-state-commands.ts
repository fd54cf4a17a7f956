import type { ConfigContext } from '../../../../sdk/config.ts';
import type { LogContext } from '../../../../sdk/extension.ts';
import type { FilterState, FilterStateObject, StreamInfo } from '../../../../sdk/stream-info.ts';
import { truncate } from '../byte-text.ts';
import { type Command, type CommandArguments, withParams } from '../command-syntax.ts';
import { jsonOfValue } from '../json-text.ts';
import { type FormatProvider, TextProvider } from '../provider.ts';

type FilterStateOf = (info: StreamInfo) => FilterState | undefined;

/** `%FILTER_STATE(KEY:PLAIN|TYPED|FIELD:field):Z%` */
function command(stateOf: FilterStateOf): Command {
  return withParams('optional params', 'with length', (args, ctx) => createProvider(args, ctx, stateOf));
}

function createProvider(
  { params, maxLength }: CommandArguments,
  ctx: ConfigContext,
  stateOf: FilterStateOf,
): FormatProvider | undefined {
  const [key = '', kind = '', field = ''] = params.split(':');
  if (key === '') {
    ctx.error('Invalid filter state configuration, key cannot be empty.');
    return undefined;
  }
  const object = (info: StreamInfo): FilterStateObject | undefined => stateOf(info)?.get(key);
  if ((kind === 'FIELD') !== (field !== '')) {
    ctx.error(
      ['', 'PLAIN', 'TYPED', 'FIELD'].includes(kind)
        ? 'Invalid filter state serialize type, FIELD should be used with the field name.'
        : wrongKind,
    );
    return undefined;
  }
  switch (kind) {
    case 'PLAIN':
      return new TextProvider((_context, info) => object(info)?.serializeAsString?.(), maxLength);
    case 'FIELD':
      return new TextProvider((_context, info) => object(info)?.getField?.(field)?.toString(), maxLength);
    case '':
    case 'TYPED':
      return new TypedProvider(object, maxLength);
    default:
      ctx.error(wrongKind);
      return undefined;
  }
}

const wrongKind = 'Invalid filter state serialize type, only support PLAIN/TYPED/FIELD.';

/** The object as JSON, in text too. */
class TypedProvider implements FormatProvider {
  readonly #object: (info: StreamInfo) => FilterStateObject | undefined;
  readonly #maxLength: number | undefined;

  constructor(object: (info: StreamInfo) => FilterStateObject | undefined, maxLength: number | undefined) {
    this.#object = object;
    this.#maxLength = maxLength;
  }

  text(context: LogContext, info: StreamInfo): string | undefined {
    const json = this.json(context, info);
    return json === undefined ? undefined : truncate(json, this.#maxLength);
  }

  json(_context: LogContext, info: StreamInfo): string | undefined {
    const value = this.#object(info)?.serializeAsValue?.();
    return value === undefined ? undefined : jsonOfValue(value);
  }
}

export const filterStateCommands: readonly (readonly [string, Command])[] = [
  ['FILTER_STATE', command((info) => info.filterState)],
  ['UPSTREAM_FILTER_STATE', command((info) => info.upstream?.filterState)],
];
