import type {
  RateLimit_Action as ActionConfig,
  RateLimit_Action_HeaderValueMatch as HeaderValueMatch,
  RateLimit_Action_MaskedRemoteAddress as MaskedRemoteAddress,
  RateLimit_Action_MetaData as MetaData,
  RateLimit_Action_QueryParameterValueMatch as QueryParameterValueMatch,
  RateLimit_Action_RemoteAddressMatch as RemoteAddressMatch,
} from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { RateLimitInput } from '../../../sdk/router.ts';
import type { Struct } from '../../../sdk/stream-info.ts';
import { toByteText } from '../formatter/byte-text.ts';
import { findQueryParameter } from '../formatter/query.ts';
import { matchesAll, parseHeaderMatchers } from '../matcher/header-matcher.ts';
import { matchesAllParameters, parseQuery, parseQueryParameterMatcher } from '../matcher/query-parameter-matcher.ts';
import { IpAddress } from '../network/address.ts';
import { CidrRange } from '../network/cidr.ts';
import { parseHeaderFormat } from '../router/header-format.ts';
import { isGuardEnabled } from '../runtime/runtime-guards.ts';
import { metadataValue } from '../stream-info/metadata-path.ts';

/** An entry; `skip` = none, but the others stand; undefined = there is no descriptor at all. */
type EntryOrNone = { readonly key: string; readonly value: string } | 'skip' | undefined;
export type DescriptorAction = (request: RateLimitInput) => EntryOrNone;

interface DescriptorText {
  readonly descriptorValue: string;
  readonly defaultValue: string;
}

/** As it stands; a format of the request only where runtime says so. */
function descriptorValue(config: DescriptorText, ctx: ConfigContext): (request: RateLimitInput) => string {
  const guard = 'envoy.reloadable_features.enable_formatter_for_ratelimit_action_descriptor_value';
  if (!isGuardEnabled(ctx.resources?.runtime, guard)) return () => config.descriptorValue;
  const format = parseHeaderFormat(config.descriptorValue, ctx.child('descriptor_value'));
  return ({ headers, streamInfo }) => format.format(headers, undefined, streamInfo) || config.defaultValue;
}

function entryWith(key: string, value: string): EntryOrNone {
  return value === '' ? undefined : { key, value };
}

const NOTHING: DescriptorAction = () => undefined;

export function parseAction({ actionSpecifier: specifier }: ActionConfig, ctx: ConfigContext): DescriptorAction {
  switch (specifier.case) {
    case 'sourceCluster':
      return ({ localCluster }) => ({ key: 'source_cluster', value: localCluster });
    case 'destinationCluster':
      return ({ route }) => ({ key: 'destination_cluster', value: route?.routeEntry?.clusterName ?? '' });
    case 'requestHeaders': {
      const { headerName, descriptorKey: key, skipIfAbsent } = specifier.value;
      const name = headerName.toLowerCase();
      return ({ headers }) => entryOf(key, headers.get(name), skipIfAbsent);
    }
    case 'queryParameters': {
      const { queryParameterName, descriptorKey: key, skipIfAbsent } = specifier.value;
      return ({ headers }) => entryOf(key, findQueryParameter(headers.path, queryParameterName), skipIfAbsent);
    }
    case 'remoteAddress':
      return ({ streamInfo }) => {
        const { remoteAddress } = streamInfo.downstreamConnection;
        return entryOf('remote_address', remoteAddress instanceof IpAddress ? remoteAddress.ip : undefined, false);
      };
    case 'maskedRemoteAddress':
      return maskedAddress(specifier.value);
    case 'remoteAddressMatch':
      return addressMatch(specifier.value, ctx.child('remote_address_match'));
    case 'genericKey': {
      const textOf = descriptorValue(specifier.value, ctx.child('generic_key'));
      const key = specifier.value.descriptorKey || 'generic_key';
      return (input) => entryWith(key, textOf(input));
    }
    case 'headerValueMatch':
      return headerMatch(specifier.value, ctx.child('header_value_match'));
    case 'queryParameterValueMatch':
      return parameterMatch(specifier.value, ctx.child('query_parameter_value_match'));
    case 'metadata':
      return metadataAction(specifier.value, ctx.child('metadata'));
    case 'dynamicMetadata':
      return metadataAction({ ...specifier.value, source: 0, skipIfAbsent: false }, ctx.child('dynamic_metadata'));
    case 'extension':
      ctx
        .child('extension')
        .error(
          `Didn't find a registered implementation for '${specifier.value.name}': rate limit descriptors by extensions are not supported yet`,
        );
  }
  return NOTHING;
}

function entryOf(key: string, value: string | undefined, skipIfAbsent: boolean): EntryOrNone {
  if (value === undefined) return skipIfAbsent ? 'skip' : undefined;
  return { key, value };
}

const IPV4_BITS = 32;
const IPV6_BITS = 128;

function maskedAddress({ v4PrefixMaskLen, v6PrefixMaskLen }: MaskedRemoteAddress): DescriptorAction {
  return ({ streamInfo }) => {
    const { remoteAddress } = streamInfo.downstreamConnection;
    if (!(remoteAddress instanceof IpAddress)) return undefined;
    const bits = remoteAddress.ipVersion === 4 ? (v4PrefixMaskLen ?? IPV4_BITS) : (v6PrefixMaskLen ?? IPV6_BITS);
    return { key: 'masked_remote_address', value: new CidrRange(remoteAddress.words, bits).asString };
  };
}

function addressMatch(config: RemoteAddressMatch, ctx: ConfigContext): DescriptorAction {
  const { addressMatcher, defaultValue } = config;
  const key = config.descriptorKey || 'remote_address_match';
  const format = parseHeaderFormat(config.descriptorValue, ctx.child('descriptor_value'));
  const ranges = (addressMatcher?.ranges ?? []).flatMap(({ addressPrefix, prefixLen }, i) => {
    const range = CidrRange.of(addressPrefix, prefixLen ?? 0);
    if (range !== undefined) return [range];
    ctx.child('address_matcher').child('ranges', i).error(`malformed IP address: ${addressPrefix}`);
    return [];
  });
  const isInverted = addressMatcher?.invertMatch ?? false;
  return ({ headers, streamInfo }) => {
    const { remoteAddress } = streamInfo.downstreamConnection;
    if (!(remoteAddress instanceof IpAddress)) return undefined;
    if (ranges.some((range) => range.containsAddress(remoteAddress)) === isInverted) return undefined;
    const value = format.format(headers, undefined, streamInfo) || defaultValue;
    return value === '' ? undefined : { key, value };
  };
}

function headerMatch(config: HeaderValueMatch, ctx: ConfigContext): DescriptorAction {
  const key = config.descriptorKey || 'header_match';
  const textOf = descriptorValue(config, ctx);
  const matchers = parseHeaderMatchers(config.headers, ctx);
  const isExpected = config.expectMatch ?? true;
  return (input) => (matchesAll(matchers, input.headers) === isExpected ? entryWith(key, textOf(input)) : undefined);
}

function parameterMatch(config: QueryParameterValueMatch, ctx: ConfigContext): DescriptorAction {
  const key = config.descriptorKey || 'query_match';
  const textOf = descriptorValue(config, ctx);
  const matchers = config.queryParameters.map((matcher, i) =>
    parseQueryParameterMatcher(matcher, ctx.child('query_parameters', i)),
  );
  const isExpected = config.expectMatch ?? true;
  return (input) => {
    const matches = matchesAllParameters(matchers, parseQuery(input.headers.path)) === isExpected;
    return matches ? entryWith(key, textOf(input)) : undefined;
  };
}

type Source = (request: RateLimitInput, namespace: string) => Struct | undefined;

/** By MetaData.Source. */
const SOURCES: readonly Source[] = [
  ({ streamInfo }, namespace) => streamInfo.dynamicMetadata(namespace),
  ({ route }, namespace) => route?.metadata.get(namespace),
  ({ clusterMetadata }, namespace) => clusterMetadata?.get(namespace),
];
const LOCALITY = 3;

function metadataAction(
  config: Pick<MetaData, 'descriptorKey' | 'metadataKey' | 'defaultValue' | 'source' | 'skipIfAbsent'>,
  ctx: ConfigContext,
): DescriptorAction {
  const { descriptorKey: key, metadataKey, defaultValue, skipIfAbsent } = config;
  if (config.source === LOCALITY) ctx.child('source').error('metadata of a cluster’s locality is not supported yet');
  const source = SOURCES[config.source];
  const namespace = metadataKey?.key ?? '';
  const path = (metadataKey?.path ?? []).map(({ segment }) => String(segment.value));
  return (request) => {
    const found = metadataValue(source?.(request, namespace), path);
    const value = typeof found === 'string' && found !== '' ? toByteText(found) : defaultValue;
    return entryOf(key, value === '' ? undefined : value, skipIfAbsent);
  };
}
