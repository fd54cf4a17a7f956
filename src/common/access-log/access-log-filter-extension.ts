import type { Extension, ServerFactoryContext } from '../../../sdk/extension.ts';
import type { AccessLogFilter } from './access-log-filter.ts';

/** An extension of the category `envoy.access_loggers.extension_filters`: decides whether a request is logged. */
export interface AccessLogFilterExtension<Config = unknown>
  extends Extension<'envoy.access_loggers.extension_filters', Config> {
  createFilter(config: Config, context: ServerFactoryContext): AccessLogFilter;
}
