import type { ConfigContext } from '../../../sdk/config.ts';
import type { LogContext } from '../../../sdk/extension.ts';
import type { StreamInfo, Struct, StructValue } from '../../../sdk/stream-info.ts';
import { isGuardEnabled } from '../runtime/runtime-guards.ts';
import { toByteText } from './byte-text.ts';
import { builtinCommands } from './commands/builtin-commands.ts';
import { parseFormatParts } from './format-parser.ts';
import type { FormatOptions, Formatter } from './formatter.ts';
import { compareBytes, jsonOfBytes, jsonOfValue } from './json-text.ts';
import type { FormatProvider } from './provider.ts';

/** Writes one value of the output; undefined when it is absent. */
interface JsonNode {
  write(context: LogContext, streamInfo: StreamInfo): string | undefined;
}

/**
 * Parses a `json_format`: strings are formats, all else is taken over. A string that is one command keeps the command's
 * type. The output is one line, with its line feed.
 */
export function parseJsonFormat(format: Struct, ctx: ConfigContext, options: FormatOptions = {}): Formatter {
  const guard = 'envoy.reloadable_features.json_formatter_omit_empty_values';
  const keepsAll = !isGuardEnabled(ctx.resources?.runtime, guard);
  return new JsonFormatter(structNode(format, ctx, keepsAll ? { ...options, omitEmptyValues: false } : options));
}

class JsonFormatter implements Formatter {
  readonly constant = undefined;
  readonly #root: JsonNode;

  constructor(root: JsonNode) {
    this.#root = root;
  }

  format(context: LogContext, streamInfo: StreamInfo): string {
    return `${this.#root.write(context, streamInfo) ?? '{}'}\n`;
  }
}

function node(value: StructValue, ctx: ConfigContext, options: FormatOptions): JsonNode {
  if (typeof value === 'string') return stringNode(value, ctx, options);
  if (isList(value))
    return new ListNode(
      value.map((item) => node(item, ctx, options)),
      omits(options),
    );
  if (typeof value === 'object' && value !== null) return structNode(value, ctx, options);
  const json = value === null ? undefined : jsonOfValue(value);
  return { write: () => json };
}

function isList(value: StructValue): value is readonly StructValue[] {
  return Array.isArray(value);
}

function omits(options: FormatOptions): boolean {
  return options.omitEmptyValues === true;
}

function stringNode(text: string, ctx: ConfigContext, options: FormatOptions): JsonNode {
  const parts = parseFormatParts(text, ctx, options.commands ?? builtinCommands);
  if (parts.length === 1) return new CommandNode(parts[0] as FormatProvider);
  return new JoinedNode(parts, omits(options) ? '' : '-');
}

function structNode(format: Struct, ctx: ConfigContext, options: FormatOptions): JsonNode {
  const fields = Object.entries(format).map(([name, value]) => ({
    name: toByteText(name),
    prefix: `${jsonOfValue(name)}:`,
    node: node(value, ctx.child(name), options),
  }));
  return new StructNode(
    fields.sort((a, b) => compareBytes(a.name, b.name)),
    omits(options),
  );
}

class CommandNode implements JsonNode {
  readonly #command: FormatProvider;

  constructor(command: FormatProvider) {
    this.#command = command;
  }

  write(context: LogContext, streamInfo: StreamInfo): string | undefined {
    return this.#command.json(context, streamInfo);
  }
}

/** Several parts make a string; each is escaped by itself: one that is not UTF-8 leaves the others as they are. */
class JoinedNode implements JsonNode {
  readonly #parts: readonly FormatProvider[];
  readonly #absent: string;

  constructor(parts: readonly FormatProvider[], absent: string) {
    this.#parts = parts;
    this.#absent = absent;
  }

  write(context: LogContext, streamInfo: StreamInfo): string {
    let json = '"';
    for (const part of this.#parts) json += jsonOfBytes(part.text(context, streamInfo) ?? this.#absent).slice(1, -1);
    return `${json}"`;
  }
}

/** With `omit`, fields that are absent are left out, and the whole when none is left. */
class StructNode implements JsonNode {
  readonly #fields: readonly { readonly prefix: string; readonly node: JsonNode }[];
  readonly #omit: boolean;

  constructor(fields: readonly { readonly prefix: string; readonly node: JsonNode }[], omit: boolean) {
    this.#fields = fields;
    this.#omit = omit;
  }

  write(context: LogContext, streamInfo: StreamInfo): string | undefined {
    let text = '';
    for (const { prefix, node } of this.#fields) {
      const value = node.write(context, streamInfo);
      if (value === undefined && this.#omit) continue;
      text += `${text === '' ? '' : ','}${prefix}${value ?? 'null'}`;
    }
    return text === '' && this.#omit ? undefined : `{${text}}`;
  }
}

class ListNode implements JsonNode {
  readonly #items: readonly JsonNode[];
  readonly #omit: boolean;

  constructor(items: readonly JsonNode[], omit: boolean) {
    this.#items = items;
    this.#omit = omit;
  }

  write(context: LogContext, streamInfo: StreamInfo): string {
    let text = '';
    for (const item of this.#items) {
      const value = item.write(context, streamInfo);
      if (value === undefined && this.#omit) continue;
      text += `${text === '' ? '' : ','}${value ?? 'null'}`;
    }
    return `[${text}]`;
  }
}
