import type { ConfigContext } from '../../../sdk/config.ts';
import type { LogContext } from '../../../sdk/extension.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type { CommandTable } from './command-syntax.ts';
import { builtinCommands } from './commands/builtin-commands.ts';
import { parseFormatParts } from './format-parser.ts';
import { ConstantProvider, type FormatProvider } from './provider.ts';

/** A substitution format, compiled (Envoy's Formatter). One object serves all requests of a thread. */
export interface Formatter {
  /** Set when no command is in it: what `format` always gives. */
  readonly constant: string | undefined;
  /** A byte string (byte-text.ts): write it as Latin-1. */
  format(context: LogContext, streamInfo: StreamInfo): string;
}

export interface FormatOptions {
  /** What is absent becomes '' in place of '-'. */
  readonly omitEmptyValues?: boolean;
  /** Instead of the built-in ones. */
  readonly commands?: CommandTable;
}

/** Parses a format such as `%START_TIME% %REQ(:path)%\n`, text or bytes; faults are gathered in `ctx`. */
export function parseFormat(format: string | Uint8Array, ctx: ConfigContext, options: FormatOptions = {}): Formatter {
  const parts = parseFormatParts(format, ctx, options.commands ?? builtinCommands);
  return new TextFormatter(parts, options.omitEmptyValues === true ? '' : '-');
}

class TextFormatter implements Formatter {
  readonly constant: string | undefined;
  readonly #parts: readonly FormatProvider[];
  readonly #absent: string;

  constructor(parts: readonly FormatProvider[], absent: string) {
    this.#parts = parts;
    this.#absent = absent;
    this.constant = parts.every((part) => part instanceof ConstantProvider)
      ? parts.map((part) => (part as ConstantProvider).constant).join('')
      : undefined;
  }

  format(context: LogContext, streamInfo: StreamInfo): string {
    let line = '';
    for (let i = 0; i < this.#parts.length; i++) {
      line += (this.#parts[i] as FormatProvider).text(context, streamInfo) ?? this.#absent;
    }
    return line;
  }
}

/** What access logs print when no format is configured. */
export const defaultLogFormat =
  '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" ' +
  '%RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% ' +
  '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% ' +
  '"%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" ' +
  '"%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"\n';
