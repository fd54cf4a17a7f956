import type { ConfigContext } from '../../../sdk/config.ts';
import type { LogContext } from '../../../sdk/extension.ts';
import type { RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { type FormatOptions, type Formatter, parseFormat } from '../formatter/formatter.ts';

/** A value of a header to add: a text, or a substitution format in which what is absent is ''. */
export class HeaderFormat {
  /** Undefined for a format with commands, the text itself otherwise. */
  readonly constant: string | undefined;
  readonly #formatter: Formatter;

  constructor(formatter: Formatter) {
    this.constant = formatter.constant;
    this.#formatter = formatter;
  }

  format(
    requestHeaders: RequestHeaderMap | undefined,
    responseHeaders: ResponseHeaderMap | undefined,
    streamInfo: StreamInfo,
  ): string {
    return this.constant ?? this.#formatter.format(formatContext(requestHeaders, responseHeaders), streamInfo);
  }
}

/** What a format outside of access logs sees. */
export function formatContext(
  requestHeaders: RequestHeaderMap | undefined,
  responseHeaders: ResponseHeaderMap | undefined,
): LogContext {
  return {
    requestHeaders,
    responseHeaders,
    responseTrailers: undefined,
    localReplyBody: '',
    accessLogType: 'NotSet',
  };
}

/** Faults are gathered in `ctx`. */
export function parseHeaderFormat(text: string, ctx: ConfigContext, options: FormatOptions = {}): HeaderFormat {
  return new HeaderFormat(parseFormat(text, ctx, { omitEmptyValues: true, ...options }));
}
