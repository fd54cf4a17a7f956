import type { ConfigContext } from '../../../../sdk/config.ts';
import type { LogContext } from '../../../../sdk/extension.ts';
import type { StreamInfo } from '../../../../sdk/stream-info.ts';
import { truncate } from '../byte-text.ts';
import { type Command, type CommandTable, syntaxFault, withParams } from '../command-syntax.ts';
import { jsonOfBytes } from '../json-text.ts';
import type { FormatProvider } from '../provider.ts';

/** `%COALESCE({"operators": [...]}):Z%`: the first command that gives something that is not empty. */
export function coalesceCommand(commands: () => CommandTable): Command {
  return withParams('params', 'with length', ({ params, maxLength }, ctx) => {
    const operators = parseOperators(params, ctx);
    if (operators === undefined) return undefined;
    const providers: FormatProvider[] = [];
    for (const [i, operator] of operators.entries()) {
      const provider = parseOperator(operator, commands(), ctx);
      if (typeof provider === 'string') {
        ctx.error(`COALESCE: failed to parse operator at index ${i}: ${provider}`);
        return undefined;
      }
      if (provider !== undefined) providers.push(provider);
    }
    return new CoalesceProvider(providers, maxLength);
  });
}

function parseOperators(json: string, ctx: ConfigContext): readonly unknown[] | undefined {
  const config = parseJson(json);
  if (config instanceof Error) {
    ctx.error(`COALESCE: failed to parse JSON configuration: JSON supplied is not valid. ${config.message}`);
    return undefined;
  }
  if (!isObject(config) || !('operators' in config)) {
    ctx.error("COALESCE: JSON configuration must contain 'operators' array");
    return undefined;
  }
  const { operators } = config;
  if (!Array.isArray(operators)) {
    ctx.error("COALESCE: 'operators' must be an array: key 'operators' missing or not an array from lines 1-1");
    return undefined;
  }
  if (operators.length > 0) return operators;
  ctx.error("COALESCE: 'operators' array must not be empty");
  return undefined;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    return error;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A string is what is wrong with the entry; undefined after a fault of the command's own was gathered. */
function parseOperator(
  entry: unknown,
  commands: CommandTable,
  ctx: ConfigContext,
): FormatProvider | string | undefined {
  if (typeof entry === 'string') return create(entry, '', undefined, commands, ctx);
  if (!isObject(entry))
    return "operator entry must be either a string (command name) or an object with 'command' field";
  const { command, param = '', max_length: maxLength } = entry;
  if (typeof command !== 'string')
    return "operator object must have 'command' field: key 'command' missing or not a string from lines 1-1";
  if (typeof param !== 'string')
    return "'param' field must be a string: key 'param' missing or not a string from lines 1-1";
  if (maxLength === undefined) return create(command, param, undefined, commands, ctx);
  if (typeof maxLength !== 'number' || !Number.isInteger(maxLength))
    return "'max_length' field must be an integer: key 'max_length' missing or not an integer from lines 1-1";
  if (maxLength <= 0) return "'max_length' must be a positive integer";
  return create(command, param, maxLength, commands, ctx);
}

function create(
  name: string,
  params: string,
  maxLength: number | undefined,
  commands: CommandTable,
  ctx: ConfigContext,
): FormatProvider | string | undefined {
  const command = commands.get(name);
  if (command === undefined) return `unknown command: '${name}'`;
  const args = { params, maxLength };
  return syntaxFault(name, command, args) ?? command.create(args, ctx);
}

class CoalesceProvider implements FormatProvider {
  readonly #providers: readonly FormatProvider[];
  readonly #maxLength: number | undefined;

  constructor(providers: readonly FormatProvider[], maxLength: number | undefined) {
    this.#providers = providers;
    this.#maxLength = maxLength;
  }

  text(context: LogContext, streamInfo: StreamInfo): string | undefined {
    for (const provider of this.#providers) {
      const text = provider.text(context, streamInfo);
      if (text !== undefined && text !== '') return truncate(text, this.#maxLength);
    }
    return undefined;
  }

  json(context: LogContext, streamInfo: StreamInfo): string | undefined {
    for (const provider of this.#providers) {
      const json = provider.json(context, streamInfo);
      if (json === undefined || json === '""') continue;
      if (this.#maxLength === undefined || !json.startsWith('"')) return json;
      return jsonOfBytes(truncate(provider.text(context, streamInfo) ?? '', this.#maxLength));
    }
    return undefined;
  }
}
