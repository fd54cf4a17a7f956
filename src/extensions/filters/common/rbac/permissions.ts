import type { Permission } from '../../../../../api/generated/envoy/config/rbac/v3/rbac_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { StreamInfo } from '../../../../../sdk/stream-info.ts';
import { parseStringMatcher } from '../../../../common/matcher/string-matcher.ts';
import { IpAddress } from '../../../../common/network/address.ts';
import { never, type Rule } from './input.ts';
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
    case 'matcher':
    case 'uriTemplate':
      ctx.error(`permission ${rule.case === 'matcher' ? 'matcher' : 'uri_template'} is not supported yet`);
  }
  return never;
}

function localPort({ downstreamConnection: { localAddress } }: StreamInfo): number {
  return localAddress instanceof IpAddress ? localAddress.port : -1;
}
