import type { ConfigContext } from '../../../sdk/config.ts';
import { fromByteText, toByteText } from './byte-text.ts';
import { type CommandArguments, type CommandTable, syntaxFault } from './command-syntax.ts';
import { ConstantProvider, type FormatProvider } from './provider.ts';

/** `%NAME%`, `%NAME(params)%`, `%NAME:length%`, `%NAME(params):length%`. */
const commandPattern = /%([A-Z0-9_]+)(?:\((.*?)\))?(?::(\d+))?%/y;
const lengthLimit = 2n ** 64n;

/** Parts of a format, text or bytes, in order; faults are gathered in `ctx`. Neighbouring texts are one part. */
export function parseFormatParts(
  format: string | Uint8Array,
  ctx: ConfigContext,
  commands: CommandTable,
): FormatProvider[] {
  const text = toByteText(format);
  const parts: FormatProvider[] = [];
  let literal = '';
  const flush = (): void => {
    if (literal !== '') parts.push(new ConstantProvider(literal));
    literal = '';
  };
  for (let at = 0; at < text.length; ) {
    const percent = text.indexOf('%', at);
    literal += text.slice(at, percent < 0 ? text.length : percent);
    if (percent < 0) break;
    if (text[percent + 1] === '%') {
      literal += '%';
      at = percent + 2;
      continue;
    }
    const command = matchCommand(text, percent);
    if (command === undefined) {
      ctx.error(`Incorrect configuration: ${readable(text)}. Couldn't find valid command at position ${percent}`);
      return parts;
    }
    flush();
    const provider = createProvider(command.name, command.args, ctx, commands);
    if (provider !== undefined) parts.push(provider);
    at = command.end;
  }
  flush();
  return parts;
}

function matchCommand(
  text: string,
  at: number,
): { readonly name: string; readonly args: CommandArguments; readonly end: number } | undefined {
  commandPattern.lastIndex = at;
  const match = commandPattern.exec(text);
  if (match === null) return undefined;
  const [whole, name = '', params = '', length] = match;
  if (length !== undefined && BigInt(length) >= lengthLimit) return undefined;
  const maxLength = length === undefined ? undefined : Number(length);
  return { name, args: { params: readable(params), maxLength }, end: at + whole.length };
}

function readable(bytes: string): string {
  return fromByteText(bytes) ?? bytes;
}

/** One command; its faults are gathered. */
function createProvider(
  name: string,
  args: CommandArguments,
  ctx: ConfigContext,
  commands: CommandTable,
): FormatProvider | undefined {
  const command = commands.get(name);
  if (command === undefined) {
    ctx.error(`Not supported field in StreamInfo: ${name}`);
    return undefined;
  }
  const fault = syntaxFault(name, command, args);
  if (fault === undefined) return command.create(args, ctx);
  ctx.error(fault);
  return undefined;
}
