import { headerCommand } from '../../../common/formatter/commands/header-commands.ts';
import type { FormatterExtension } from '../../../common/formatter/formatter-extension.ts';
import { withoutQuery } from '../../../common/formatter/query.ts';

/** `%REQ_WITHOUT_QUERY(X?Y):Z%` (envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery). */
export const reqWithoutQuery: FormatterExtension<undefined> = {
  category: 'envoy.formatter',
  name: 'envoy.formatter.req_without_query',
  configTypes: ['envoy.extensions.formatter.req_without_query.v3.ReqWithoutQuery'],
  parseConfig: () => undefined,
  createCommands: () =>
    new Map([['REQ_WITHOUT_QUERY', headerCommand((context) => context.requestHeaders, withoutQuery)]]),
};
