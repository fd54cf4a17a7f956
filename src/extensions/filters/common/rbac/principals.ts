import type { Principal, Principal_Authenticated } from '../../../../../api/generated/envoy/config/rbac/v3/rbac_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { parseStringMatcher } from '../../../../common/matcher/string-matcher.ts';
import { never, type Rule } from './input.ts';
import { extensionRule } from './rule-extension.ts';
import {
  addressRule,
  filterStateRule,
  headerRule,
  metadataRule,
  pathRule,
  sourcedMetadataRule,
} from './shared-rules.ts';

/** Who may do it. */
export function parsePrincipal({ identifier }: Principal, ctx: ConfigContext): Rule {
  switch (identifier.case) {
    case 'andIds': {
      const rules = identifier.value.ids.map((each, i) => parsePrincipal(each, ctx.child('and_ids').child('ids', i)));
      return (input) => rules.every((matches) => matches(input));
    }
    case 'orIds': {
      const rules = identifier.value.ids.map((each, i) => parsePrincipal(each, ctx.child('or_ids').child('ids', i)));
      return (input) => rules.some((matches) => matches(input));
    }
    case 'notId': {
      const matches = parsePrincipal(identifier.value, ctx.child('not_id'));
      return (input) => !matches(input);
    }
    case 'any':
      return () => true;
    case 'authenticated':
      return authenticatedRule(identifier.value, ctx.child('authenticated'));
    case 'sourceIp':
    case 'directRemoteIp': {
      const field = identifier.case === 'sourceIp' ? 'source_ip' : 'direct_remote_ip';
      return addressRule(identifier.value, ctx.child(field), (info) => info.downstreamConnection.directRemoteAddress);
    }
    case 'remoteIp':
      return addressRule(identifier.value, ctx.child('remote_ip'), (info) => info.downstreamConnection.remoteAddress);
    case 'header':
      return headerRule(identifier.value, ctx.child('header'));
    case 'urlPath':
      return pathRule(identifier.value, ctx.child('url_path'));
    case 'metadata':
      return metadataRule(identifier.value, ctx.child('metadata'));
    case 'sourcedMetadata':
      return sourcedMetadataRule(identifier.value, ctx.child('sourced_metadata'));
    case 'filterState':
      return filterStateRule(identifier.value, ctx.child('filter_state'));
    case 'custom':
      return extensionRule('envoy.rbac.principals', identifier.value, ctx.child('custom'));
  }
  return never;
}

/** Over TLS; with a name, one of the certificate's: its URIs, its DNS names or its subject. */
function authenticatedRule({ principalName }: Principal_Authenticated, ctx: ConfigContext): Rule {
  if (principalName === undefined) return ({ streamInfo }) => streamInfo.downstreamConnection.ssl !== undefined;
  const matcher = parseStringMatcher(principalName, ctx.child('principal_name'));
  return ({ streamInfo }) => {
    const { ssl } = streamInfo.downstreamConnection;
    if (ssl === undefined) return false;
    const { uriSans = [], dnsSans = [], subject = '' } = ssl.peer ?? {};
    return [...uriSans, ...dnsSans, subject].some((name) => matcher.match(name));
  };
}
