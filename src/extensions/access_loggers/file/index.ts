import type { FileAccessLog } from '../../../../api/generated/envoy/extensions/access_loggers/file/v3/file_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';
import { defineAccessLogger } from '../../../../sdk/extension.ts';
import type { Struct } from '../../../../sdk/stream-info.ts';
import { FormattedAccessLog } from '../../../common/access-log/formatted-access-log.ts';
import { defaultLogFormat, type Formatter, parseFormat } from '../../../common/formatter/formatter.ts';
import { parseJsonFormat } from '../../../common/formatter/json-format.ts';
import { parseSubstitutionFormat } from '../../../common/formatter/substitution-format.ts';

interface FileAccessLogConfig {
  readonly path: string;
  readonly formatter: Formatter;
}

/** All forms of the format; the deprecated `json_format` keeps types as `typed_json_format` does. */
function parseFormatOf({ accessLogFormat: format }: FileAccessLog, ctx: ConfigContext): Formatter {
  switch (format.case) {
    case 'format':
      return parseFormat(format.value || defaultLogFormat, ctx.child('format'));
    case 'jsonFormat':
      return parseJsonFormat(format.value as Struct, ctx.child('json_format'));
    case 'typedJsonFormat':
      return parseJsonFormat(format.value as Struct, ctx.child('typed_json_format'));
    case 'logFormat':
      return parseSubstitutionFormat(format.value, ctx.child('log_format')).formatter;
    default:
      return parseFormat(defaultLogFormat, ctx);
  }
}

/** Logs to a file (envoy.extensions.access_loggers.file.v3.FileAccessLog). */
export const fileAccessLog = defineAccessLogger<FileAccessLogConfig>({
  name: 'envoy.access_loggers.file',
  configTypes: ['envoy.extensions.access_loggers.file.v3.FileAccessLog'],
  parseConfig: (message, ctx) => {
    const config = message as FileAccessLog;
    const fault = ctx.resources?.checkLogFile?.(config.path);
    if (fault !== undefined) ctx.child('path').error(`unable to open file '${config.path}': ${fault}`);
    return { path: config.path, formatter: parseFormatOf(config, ctx) };
  },
  createAccessLog: ({ path, formatter }, context) =>
    new FormattedAccessLog(formatter, context.accessLogManager.createAccessLog(path)),
});
