import type {
  HeaderValueOption,
  HeaderValueOption_HeaderAppendAction,
} from '../../../api/generated/envoy/config/core/v3/base_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type { FormatOptions } from '../formatter/formatter.ts';
import { type HeaderFormat, parseHeaderFormat } from './header-format.ts';

type AppendAction = 'append' | 'addIfAbsent' | 'overwrite' | 'overwriteIfExists';

interface HeaderToAdd {
  readonly name: string;
  readonly format: HeaderFormat;
  readonly action: AppendAction;
  readonly keepEmptyValue: boolean;
}

/** By HeaderValueOption.HeaderAppendAction. */
const ACTIONS: readonly AppendAction[] = ['append', 'addIfAbsent', 'overwrite', 'overwriteIfExists'];

/** `request_headers_to_add` and `_to_remove`, or those of responses, of one level (Envoy's HeaderParser). */
export class HeaderMutations {
  readonly #toAdd: readonly HeaderToAdd[];
  readonly #toRemove: readonly string[];

  constructor(toAdd: readonly HeaderToAdd[], toRemove: readonly string[]) {
    this.#toAdd = toAdd;
    this.#toRemove = toRemove;
  }

  applyToRequest(headers: RequestHeaderMap, streamInfo: StreamInfo): void {
    this.#apply(headers, headers, undefined, streamInfo);
  }

  /** Of a request that is made here: formats know the connection alone. */
  applyToOwnRequest(headers: RequestHeaderMap, streamInfo: StreamInfo): void {
    this.#apply(headers, undefined, undefined, streamInfo);
  }

  applyToResponse(headers: ResponseHeaderMap, requestHeaders: RequestHeaderMap, streamInfo: StreamInfo): void {
    this.#apply(headers, requestHeaders, headers, streamInfo);
  }

  /** What informational responses get of it. */
  removeFrom(headers: HeaderMap): void {
    for (let i = 0; i < this.#toRemove.length; i++) headers.remove(this.#toRemove[i] as string);
  }

  /** Removes first; then overwrites, which puts last; what is added comes after, whatever the order in the configuration. */
  #apply(
    headers: HeaderMap,
    requestHeaders: RequestHeaderMap | undefined,
    responseHeaders: ResponseHeaderMap | undefined,
    streamInfo: StreamInfo,
  ): void {
    this.removeFrom(headers);
    const values = this.#toAdd.map((add) => valueToAdd(add, headers, requestHeaders, responseHeaders, streamInfo));
    for (const [i, { name, action }] of this.#toAdd.entries()) {
      const value = values[i];
      if (value === undefined || !isOverwrite(action)) continue;
      headers.remove(name);
      headers.set(name, value);
    }
    for (const [i, { name, action }] of this.#toAdd.entries()) {
      const value = values[i];
      if (value !== undefined && !isOverwrite(action)) headers.add(name, value);
    }
  }
}

/** Undefined when the header is not to be added. */
function valueToAdd(
  { name, format, action, keepEmptyValue }: HeaderToAdd,
  headers: HeaderMap,
  requestHeaders: RequestHeaderMap | undefined,
  responseHeaders: ResponseHeaderMap | undefined,
  streamInfo: StreamInfo,
): string | undefined {
  const value = format.constant ?? format.format(requestHeaders, responseHeaders, streamInfo);
  if (value === '' && !keepEmptyValue) return undefined;
  if (action === 'addIfAbsent' && headers.has(name)) return undefined;
  if (action === 'overwriteIfExists' && !headers.has(name)) return undefined;
  return value;
}

function isOverwrite(action: AppendAction): boolean {
  return action === 'overwrite' || action === 'overwriteIfExists';
}

/** Undefined when there is nothing to do. */
export function parseHeaderMutations(
  toAdd: readonly HeaderValueOption[],
  toRemove: readonly string[],
  ctx: ConfigContext,
  direction: 'request' | 'response',
): HeaderMutations | undefined {
  if (toAdd.length === 0 && toRemove.length === 0) return undefined;
  const added = toAdd.map((option, i) => parseOption(option, ctx.child(`${direction}_headers_to_add`, i)));
  for (const [i, name] of toRemove.entries()) {
    if (!isModifiable(name)) {
      ctx.child(`${direction}_headers_to_remove`, i).error(':-prefixed or host headers may not be removed');
    }
  }
  return new HeaderMutations(
    added.filter((add) => add !== undefined),
    toRemove.map((name) => name.toLowerCase()),
  );
}

/** A list under another name, whose values may have commands of their own. */
export function parseHeadersToAdd(
  toAdd: readonly HeaderValueOption[],
  ctx: ConfigContext,
  field: string,
  options: FormatOptions,
): HeaderMutations | undefined {
  if (toAdd.length === 0) return undefined;
  const added = toAdd.map((option, i) => parseOption(option, ctx.child(field, i), options));
  return new HeaderMutations(
    added.filter((add) => add !== undefined),
    [],
  );
}

function parseOption(
  option: HeaderValueOption,
  ctx: ConfigContext,
  options: FormatOptions = {},
): HeaderToAdd | undefined {
  const { header } = option;
  if (header === undefined) return undefined;
  const name = header.key.toLowerCase();
  if (!isModifiable(name)) ctx.error(':-prefixed or host headers may not be modified');
  return {
    name,
    // Of a header Envoy looks at `value` alone, whatever `raw_value` is.
    format: parseHeaderFormat(header.value, ctx.child('header').child('value'), options),
    action: parseAction(option, ctx),
    keepEmptyValue: option.keepEmptyValue,
  };
}

function parseAction(option: HeaderValueOption, ctx: ConfigContext): AppendAction {
  const action: HeaderValueOption_HeaderAppendAction = option.appendAction;
  if (option.append === undefined) return ACTIONS[action] ?? 'append';
  if (action !== 0) ctx.error("Both append and append_action are set and it's not allowed");
  return option.append ? 'append' : 'overwrite';
}

function isModifiable(name: string): boolean {
  return !name.startsWith(':') && name.toLowerCase() !== 'host';
}
