import type { AccessLog, AccessLogFile, LogContext } from '../../../sdk/extension.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type { Formatter } from '../formatter/formatter.ts';

/** Writes a line a request to a file (Envoy's FileAccessLog). */
export class FormattedAccessLog implements AccessLog {
  readonly #formatter: Formatter;
  readonly #file: AccessLogFile;

  constructor(formatter: Formatter, file: AccessLogFile) {
    this.#formatter = formatter;
    this.#file = file;
  }

  log(context: LogContext, streamInfo: StreamInfo): void {
    this.#file.write(this.#formatter.format(context, streamInfo));
  }
}
