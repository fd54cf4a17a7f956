import type { PreserveCaseFormatterConfig } from '../../../../../api/generated/envoy/extensions/http/header_formatters/preserve_case/v3/preserve_case_pb.d.ts';
import { PreserveCaseFormatter, ProperCaseFormatter } from '../../../../common/headers/key-formatter.ts';
import type { StatefulHeaderFormatterExtension } from '../../../../common/http/header-key-format.ts';

const properCase = 1;

/** Names go out as they came in (envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig). */
export const preserveCase: StatefulHeaderFormatterExtension = {
  category: 'envoy.http.stateful_header_formatters',
  name: 'envoy.http.stateful_header_formatters.preserve_case',
  configTypes: ['envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig'],
  parseConfig: (message) => {
    const { forwardReasonPhrase, formatterTypeOnEnvoyHeaders } = message as PreserveCaseFormatterConfig;
    const onEnvoyHeaders = formatterTypeOnEnvoyHeaders === properCase ? new ProperCaseFormatter() : undefined;
    return () => new PreserveCaseFormatter({ forwardReasonPhrase, onEnvoyHeaders });
  },
};
