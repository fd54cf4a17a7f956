import type { Extension, LogContext } from '../../../sdk/extension.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';

/** An extension of the category `envoy.access_loggers.extension_filters`: decides whether a request is logged. */
export interface AccessLogFilterExtension<Config = unknown>
  extends Extension<'envoy.access_loggers.extension_filters', Config> {
  createFilter(config: Config): { evaluate(log: LogContext, streamInfo: StreamInfo): boolean };
}
