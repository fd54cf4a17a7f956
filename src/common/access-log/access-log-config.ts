import type { AccessLog as AccessLogProto } from '../../../api/generated/envoy/config/accesslog/v3/accesslog_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import {
  type AccessLog,
  type AccessLoggerExtension,
  type LogContext,
  type ResolvedExtension,
  resolveExtension,
  type ServerFactoryContext,
} from '../../../sdk/extension.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { type AccessLogFilter, parseAccessLogFilter } from './access-log-filter.ts';

/** A checked entry of an `access_log` list. */
export interface AccessLogConfig {
  readonly logger: ResolvedExtension<AccessLoggerExtension>;
  readonly filter: AccessLogFilter | undefined;
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
    return filter === undefined ? log : new FilteredAccessLog(log, filter, context);
  });
}

class FilteredAccessLog implements AccessLog {
  readonly #log: AccessLog;
  readonly #filter: AccessLogFilter;
  readonly #context: ServerFactoryContext;

  constructor(log: AccessLog, filter: AccessLogFilter, context: ServerFactoryContext) {
    this.#log = log;
    this.#filter = filter;
    this.#context = context;
  }

  log(context: LogContext, streamInfo: StreamInfo): void {
    if (this.#filter.evaluate(context, streamInfo, this.#context)) this.#log.log(context, streamInfo);
  }
}
