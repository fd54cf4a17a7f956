import type { ExpressionFilter } from '../../../../../api/generated/envoy/extensions/access_loggers/filters/cel/v3/cel_pb.d.ts';
import type { AccessLogFilterExtension } from '../../../../common/access-log/access-log-filter-extension.ts';
import { type CelExpression, compileExpression } from '../../../../common/cel/expression.ts';

/** Logs what an expression is true for (envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter). */
export const celAccessLogFilter: AccessLogFilterExtension<CelExpression | undefined> = {
  category: 'envoy.access_loggers.extension_filters',
  name: 'envoy.access_loggers.extension_filters.cel',
  configTypes: ['envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter'],

  parseConfig(message, ctx) {
    const { expression, celConfig } = message as ExpressionFilter;
    const compiled = compileExpression(expression, 'filter expression', ctx, celConfig);
    if (!('error' in compiled)) return compiled;
    ctx.error(compiled.error);
    return undefined;
  },

  // An evaluation that fails, or gives anything but a boolean, logs nothing.
  createFilter: (expression) => ({ evaluate: (log, streamInfo) => expression?.evaluate(log, streamInfo) === true }),
};
