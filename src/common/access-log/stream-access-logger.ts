import type {
  StderrAccessLog,
  StdoutAccessLog,
} from '../../../api/generated/envoy/extensions/access_loggers/stream/v3/stream_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { type AccessLoggerExtension, defineAccessLogger } from '../../../sdk/extension.ts';
import { defaultLogFormat, type Formatter, parseFormat } from '../formatter/formatter.ts';
import { parseSubstitutionFormat } from '../formatter/substitution-format.ts';
import { FormattedAccessLog } from './formatted-access-log.ts';

/** The logger of a standard stream of the process. */
export function defineStreamAccessLogger(
  name: string,
  configType: string,
  path: '/dev/stdout' | '/dev/stderr',
): AccessLoggerExtension<Formatter> {
  return defineAccessLogger<Formatter>({
    name,
    configTypes: [configType],
    parseConfig: (message, ctx) => parseConfig(message as StdoutAccessLog | StderrAccessLog, ctx),
    createAccessLog: (formatter, context) =>
      new FormattedAccessLog(formatter, context.accessLogManager.createAccessLog(path)),
  });
}

function parseConfig({ accessLogFormat }: StdoutAccessLog | StderrAccessLog, ctx: ConfigContext): Formatter {
  if (accessLogFormat.case === undefined) return parseFormat(defaultLogFormat, ctx);
  return parseSubstitutionFormat(accessLogFormat.value, ctx.child('log_format')).formatter;
}
