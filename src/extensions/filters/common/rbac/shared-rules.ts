import type { CidrRange as CidrRangeProto } from '../../../../../api/generated/envoy/config/core/v3/address_pb.ts';
import type { SourcedMetadata } from '../../../../../api/generated/envoy/config/rbac/v3/rbac_pb.ts';
import type { HeaderMatcher } from '../../../../../api/generated/envoy/config/route/v3/route_components_pb.ts';
import type { FilterStateMatcher } from '../../../../../api/generated/envoy/type/matcher/v3/filter_state_pb.ts';
import type { MetadataMatcher } from '../../../../../api/generated/envoy/type/matcher/v3/metadata_pb.ts';
import type { PathMatcher } from '../../../../../api/generated/envoy/type/matcher/v3/path_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { Address } from '../../../../../sdk/network.ts';
import type { StreamInfo } from '../../../../../sdk/stream-info.ts';
import { parseFilterStateMatcher } from '../../../../common/matcher/filter-state-matcher.ts';
import { parseHeaderMatcher } from '../../../../common/matcher/header-matcher.ts';
import { parseMetadataMatcher } from '../../../../common/matcher/metadata-matcher.ts';
import { parseByteMatcher } from '../../../../common/matcher/string-matcher.ts';
import { CidrRange } from '../../../../common/network/cidr.ts';
import { matchedPath } from '../../../../common/router/path-text.ts';
import { never, type Rule } from './input.ts';

export function headerRule(config: HeaderMatcher, ctx: ConfigContext): Rule {
  const matcher = parseHeaderMatcher(config, ctx, 'envoy.reloadable_features.rbac_match_headers_individually');
  return ({ headers }) => headers !== undefined && matcher.matches(headers);
}

/** Of the path without query and fragment. */
export function pathRule({ rule }: PathMatcher, ctx: ConfigContext): Rule {
  if (rule.case !== 'path') return never;
  const matcher = parseByteMatcher(rule.value, ctx.child('path'));
  return ({ headers, ignorePathParameters = false }) =>
    headers !== undefined && matcher.match(matchedPath(headers.path, ignorePathParameters));
}

export function addressRule(
  { addressPrefix, prefixLen }: CidrRangeProto,
  ctx: ConfigContext,
  addressOf: (streamInfo: StreamInfo) => Address,
): Rule {
  const range = CidrRange.of(addressPrefix, prefixLen ?? 0);
  if (range === undefined) {
    ctx.error(`malformed IP address: ${addressPrefix}`);
    return never;
  }
  return ({ streamInfo }) => range.containsAddress(addressOf(streamInfo));
}

export function metadataRule(
  config: MetadataMatcher,
  ctx: ConfigContext,
  source: 'dynamic' | 'route' = 'dynamic',
): Rule {
  const matches = parseMetadataMatcher(config, ctx);
  if (source === 'route') return ({ streamInfo }) => matches((namespace) => streamInfo.routeMetadata(namespace));
  return ({ streamInfo }) => matches((namespace) => streamInfo.dynamicMetadata(namespace));
}

const ROUTE_SOURCE = 1;

export function sourcedMetadataRule({ metadataMatcher, metadataSource }: SourcedMetadata, ctx: ConfigContext): Rule {
  if (metadataMatcher === undefined) return never;
  const source = metadataSource === ROUTE_SOURCE ? 'route' : 'dynamic';
  return metadataRule(metadataMatcher, ctx.child('metadata_matcher'), source);
}

export function filterStateRule(config: FilterStateMatcher, ctx: ConfigContext): Rule {
  const matches = parseFilterStateMatcher(config, ctx);
  return ({ streamInfo }) => matches(streamInfo.filterState);
}
