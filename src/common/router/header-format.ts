import type { ConfigContext } from '../../../sdk/config.ts';
import type { RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';

/** What a value of a header, a redirect or a body may be made of. */
export interface HeaderFormat {
  /** Undefined for a format with commands, the text itself otherwise. */
  readonly constant: string | undefined;
  /** Absent parts are ''. */
  format(
    requestHeaders: RequestHeaderMap | undefined,
    responseHeaders: ResponseHeaderMap | undefined,
    streamInfo: StreamInfo,
  ): string;
}

/** Parses a substitution format; faults are gathered in `ctx`. */
export type ParseHeaderFormat = (text: string, ctx: ConfigContext) => HeaderFormat;

class ConstantFormat implements HeaderFormat {
  readonly constant: string;
  constructor(constant: string) {
    this.constant = constant;
  }
  format(): string {
    return this.constant;
  }
}

/** Text without commands; `%%` is a percent sign. Commands are refused. */
export const parseConstantFormat: ParseHeaderFormat = (text, ctx) => {
  const plain = text.replaceAll('%%', '');
  if (plain.includes('%')) ctx.error(`substitution commands are not supported yet: ${text}`);
  return new ConstantFormat(text.replaceAll('%%', '%'));
};
