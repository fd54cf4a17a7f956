import type { Permission } from '../../../../../api/generated/envoy/config/rbac/v3/rbac_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { resolveExtension } from '../../../../../sdk/extension.ts';
import type { NamedExtension } from '../../../../../sdk/matching.ts';
import type { PathMatchExtension, PathMatchPolicy } from '../../../../../sdk/router.ts';
import type { StreamInfo } from '../../../../../sdk/stream-info.ts';
import { parseStringMatcher } from '../../../../common/matcher/string-matcher.ts';
import { IpAddress } from '../../../../common/network/address.ts';
import { withoutQuery } from '../../../../common/router/path-text.ts';
import { never, type Rule } from './input.ts';
import { extensionRule } from './rule-extension.ts';
import { addressRule, headerRule, metadataRule, pathRule, sourcedMetadataRule } from './shared-rules.ts';

/** What may be done. */
export function parsePermission({ rule }: Permission, ctx: ConfigContext): Rule {
  switch (rule.case) {
    case 'andRules': {
      const rules = rule.value.rules.map((each, i) => parsePermission(each, ctx.child('and_rules').child('rules', i)));
      return (input) => rules.every((matches) => matches(input));
    }
    case 'orRules': {
      const rules = rule.value.rules.map((each, i) => parsePermission(each, ctx.child('or_rules').child('rules', i)));
      return (input) => rules.some((matches) => matches(input));
    }
    case 'notRule': {
      const matches = parsePermission(rule.value, ctx.child('not_rule'));
      return (input) => !matches(input);
    }
    case 'any':
      return () => true;
    case 'header':
      return headerRule(rule.value, ctx.child('header'));
    case 'urlPath':
      return pathRule(rule.value, ctx.child('url_path'));
    case 'destinationIp':
      return addressRule(rule.value, ctx.child('destination_ip'), (info) => info.downstreamConnection.localAddress);
    case 'destinationPort': {
      const port = rule.value;
      return ({ streamInfo }) => localPort(streamInfo) === port;
    }
    case 'destinationPortRange': {
      const { start, end } = rule.value;
      return ({ streamInfo }) => localPort(streamInfo) >= start && localPort(streamInfo) < end;
    }
    case 'metadata':
      return metadataRule(rule.value, ctx.child('metadata'));
    case 'sourcedMetadata':
      return sourcedMetadataRule(rule.value, ctx.child('sourced_metadata'));
    case 'requestedServerName': {
      const matcher = parseStringMatcher(rule.value, ctx.child('requested_server_name'));
      return ({ streamInfo }) => matcher.match(streamInfo.downstreamConnection.requestedServerName);
    }
    case 'uriTemplate':
      return uriTemplateRule(rule.value, ctx.child('uri_template'));
    case 'matcher':
      return extensionRule('envoy.rbac.matchers', rule.value, ctx.child('matcher'));
  }
  return never;
}

function uriTemplateRule(named: NamedExtension, ctx: ConfigContext): Rule {
  const resolved = resolveExtension<PathMatchExtension>(ctx, 'envoy.path.match', {
    name: named.name,
    typedConfig: named.typedConfig,
  });
  const template = resolved?.config as PathMatchPolicy | undefined;
  return ({ headers }) => headers !== undefined && template?.match(withoutQuery(headers.path)) === true;
}

function localPort({ downstreamConnection: { localAddress } }: StreamInfo): number {
  return localAddress instanceof IpAddress ? localAddress.port : -1;
}
