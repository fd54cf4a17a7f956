import type { AccessLog as AccessLogProto } from '../../../api/generated/envoy/config/accesslog/v3/accesslog_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import {
  type AccessLog,
  type AccessLoggerExtension,
  type AccessLogType,
  type LogContext,
  type ResolvedExtension,
  resolveExtension,
  type ServerFactoryContext,
} from '../../../sdk/extension.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { reportExtensionFault } from '../extension-fault.ts';
import { type AccessLogFilter, type AccessLogFilterFactory, parseAccessLogFilter } from './access-log-filter.ts';

/** A checked entry of an `access_log` list. */
export interface AccessLogConfig {
  readonly logger: ResolvedExtension<AccessLoggerExtension>;
  readonly filter: AccessLogFilterFactory | undefined;
}

/** Checks a list of access logs; entries with faults are left out, the faults gathered. */
export function parseAccessLogs(
  configs: readonly AccessLogProto[],
  ctx: ConfigContext,
  field = 'access_log',
): AccessLogConfig[] {
  const logs: AccessLogConfig[] = [];
  for (const [i, config] of configs.entries()) {
    const place = ctx.child(field, i);
    const filter = config.filter === undefined ? undefined : parseAccessLogFilter(config.filter, place.child('filter'));
    const typedConfig = config.configType.case === 'typedConfig' ? config.configType.value : undefined;
    const logger = resolveExtension<AccessLoggerExtension>(place, 'envoy.access_loggers', {
      name: config.name,
      typedConfig,
    });
    if (logger !== undefined) logs.push({ logger, filter });
  }
  return logs;
}

/** Makes the logs of a list on a worker. */
export function createAccessLogs(configs: readonly AccessLogConfig[], context: ServerFactoryContext): AccessLog[] {
  return configs.map(({ logger, filter }) => {
    const log = logger.extension.createAccessLog(logger.config, context);
    return new GuardedAccessLog(log, filter?.(context), context);
  });
}

const LAST_LINES: readonly AccessLogType[] = ['DownstreamEnd', 'TcpConnectionEnd', 'UpstreamEnd', 'UdpSessionEnd'];

/** A log with its filter. What they throw costs a line, not the stream or the connection that was to be logged. */
class GuardedAccessLog implements AccessLog {
  readonly #log: AccessLog;
  readonly #filter: AccessLogFilter | undefined;
  readonly #context: ServerFactoryContext;

  constructor(log: AccessLog, filter: AccessLogFilter | undefined, context: ServerFactoryContext) {
    this.#log = log;
    this.#filter = filter;
    this.#context = context;
  }

  log(context: LogContext, streamInfo: StreamInfo): void {
    const filter = this.#filter;
    try {
      if (filter === undefined || filter.evaluate(context, streamInfo)) this.#log.log(context, streamInfo);
    } catch (error) {
      this.#report(error);
    }
    if (this.#log.streamEnded !== undefined && LAST_LINES.includes(context.accessLogType)) this.#end(streamInfo);
  }

  #end(streamInfo: StreamInfo): void {
    try {
      this.#log.streamEnded?.(streamInfo);
    } catch (error) {
      this.#report(error);
    }
  }

  #report(error: unknown): void {
    reportExtensionFault(this.#context, this.#context.scope.scope('access_logs'), 'an access log', error);
  }
}
