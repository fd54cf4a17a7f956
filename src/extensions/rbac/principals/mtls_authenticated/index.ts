import type { Config as MtlsAuthenticated } from '../../../../../api/generated/envoy/extensions/rbac/principals/mtls_authenticated/v3/mtls_authenticated_pb.d.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { parseSubjectName } from '../../../../common/tls/parse-subject-name.ts';
import type { SubjectNameMatcher } from '../../../../common/tls/subject-names.ts';
import type { RuleExtension } from '../../../filters/common/rbac/rule-extension.ts';

/** Undefined = any certificate that has been validated. */
type Name = SubjectNameMatcher | undefined;

function parse({ sanMatcher, anyValidatedClientCertificate }: MtlsAuthenticated, ctx: ConfigContext): Name {
  if (sanMatcher !== undefined) return parseSubjectName(sanMatcher, ctx.child('san_matcher'))[0];
  if (!anyValidatedClientCertificate) {
    ctx.error(
      'envoy.rbac.principals.mtls_authenticated did not have any configured validation. At least one configuration field must be set.',
    );
  }
  return undefined;
}

/** Clients whose certificate was validated, and bears a name (envoy.extensions.rbac.principals.mtls_authenticated.v3.Config). */
export const mtlsAuthenticated: RuleExtension<'envoy.rbac.principals', Name> = {
  category: 'envoy.rbac.principals',
  name: 'envoy.rbac.principals.mtls_authenticated',
  configTypes: ['envoy.extensions.rbac.principals.mtls_authenticated.v3.Config'],
  parseConfig: (message, ctx) => parse(message as MtlsAuthenticated, ctx),
  createRule: (name) => (input) => {
    const { ssl } = input.streamInfo.downstreamConnection;
    if (ssl?.peerCertificateValidated !== true) return false;
    return name === undefined || ssl.peer?.subjectAltNames.some((each) => name.matches(each)) === true;
  },
};
