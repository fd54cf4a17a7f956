import type { ConfigContext } from '../../../sdk/config.ts';
import type { FormatProvider } from './provider.ts';

/** What a command may carry: `%NAME(params):length%`. */
export type CommandSyntax = 'bare' | 'params' | 'optional params';

export interface CommandArguments {
  /** '' when there are none. */
  readonly params: string;
  readonly maxLength: number | undefined;
}

export interface Command {
  readonly syntax: CommandSyntax;
  readonly lengthAllowed: boolean;
  /** Undefined after a fault was gathered. */
  create(args: CommandArguments, ctx: ConfigContext): FormatProvider | undefined;
}

export type CommandTable = ReadonlyMap<string, Command>;

/** Undefined when name and arguments fit together; else what Envoy says. */
export function syntaxFault(
  name: string,
  command: Command,
  { params, maxLength }: CommandArguments,
): string | undefined {
  if (command.syntax === 'bare' && !command.lengthAllowed && (params !== '' || maxLength !== undefined))
    return `${name} does not take any parameters or length`;
  if (command.syntax === 'params' && params === '') return `${name} requires parameters`;
  if (!command.lengthAllowed && maxLength !== undefined) return `${name} does not allow length to be specified.`;
  return undefined;
}

/** A command that stands alone. */
export function bare(provider: FormatProvider): Command {
  return { syntax: 'bare', lengthAllowed: false, create: () => provider };
}

export function withParams(
  syntax: 'params' | 'optional params',
  length: 'with length' | 'without length',
  create: Command['create'],
): Command {
  return { syntax, lengthAllowed: length === 'with length', create };
}
