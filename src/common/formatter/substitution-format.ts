import type { TypedExtensionConfig } from '../../../api/generated/envoy/config/core/v3/extension_pb.d.ts';
import type { SubstitutionFormatString } from '../../../api/generated/envoy/config/core/v3/substitution_format_string_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { resolveExtension } from '../../../sdk/extension.ts';
import type { Struct } from '../../../sdk/stream-info.ts';
import { readDataSource } from '../config/data-source.ts';
import type { CommandTable } from './command-syntax.ts';
import { builtinCommands } from './commands/builtin-commands.ts';
import { type FormatOptions, type Formatter, parseFormat } from './formatter.ts';
import type { FormatterExtension } from './formatter-extension.ts';
import { parseJsonFormat } from './json-format.ts';

export interface SubstitutionFormat {
  readonly kind: 'text' | 'json';
  readonly formatter: Formatter;
  /** `content_type`, else what goes with the kind: text/plain, application/json. */
  readonly contentType: string;
}

/** Checks an envoy.config.core.v3.SubstitutionFormatString; faults are gathered in `ctx`. */
export function parseSubstitutionFormat(config: SubstitutionFormatString, ctx: ConfigContext): SubstitutionFormat {
  const options: FormatOptions = {
    omitEmptyValues: config.omitEmptyValues,
    commands: parseFormatters(config.formatters, ctx),
  };
  const kind = config.format.case === 'jsonFormat' ? 'json' : 'text';
  return {
    kind,
    formatter: createFormatter(config, ctx, options),
    contentType: config.contentType || (kind === 'json' ? 'application/json' : 'text/plain'),
  };
}

function createFormatter({ format }: SubstitutionFormatString, ctx: ConfigContext, options: FormatOptions): Formatter {
  switch (format.case) {
    case 'textFormat':
      return parseFormat(format.value, ctx.child('text_format'), options);
    case 'textFormatSource':
      return parseFormat(readDataSource(format.value, ctx.child('text_format_source')), ctx, options);
    case 'jsonFormat':
      return parseJsonFormat(format.value as Struct, ctx.child('json_format'), options);
    default:
      ctx.error('a format is required', { expected: 'one of text_format_source, json_format' });
      return parseFormat('', ctx);
  }
}

/** The built-in commands, and before them those of the `formatters`. */
export function parseFormatters(formatters: readonly TypedExtensionConfig[], ctx: ConfigContext): CommandTable {
  if (formatters.length === 0) return builtinCommands;
  const commands = new Map(builtinCommands);
  for (const [i, formatter] of formatters.entries()) {
    const resolved = resolveExtension<FormatterExtension>(ctx.child('formatters', i), 'envoy.formatter', {
      name: formatter.name,
      typedConfig: formatter.typedConfig,
    });
    if (resolved === undefined) continue;
    for (const [name, command] of resolved.extension.createCommands(resolved.config)) commands.set(name, command);
  }
  return commands;
}
