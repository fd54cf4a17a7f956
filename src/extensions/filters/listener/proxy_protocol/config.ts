import type {
  ProxyProtocol_Rule,
  ProxyProtocol as ProxyProtocolProto,
} from '../../../../../api/generated/envoy/extensions/filters/listener/proxy_protocol/v3/proxy_protocol_pb.d.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { ProxyVersion } from '../../../../codec/proxy-protocol/proxy-header.ts';

/** What becomes of a TLV of one type. */
export interface TlvRule {
  readonly namespace: string;
  readonly key: string;
  readonly encoding: 'utf8' | 'base64';
}

export interface ProxyProtocolConfig {
  readonly statPrefix: string;
  readonly optional: boolean;
  readonly disallowedVersions: ReadonlySet<ProxyVersion>;
  readonly rules: ReadonlyMap<number, TlvRule>;
  readonly tlvLocation: 'dynamic metadata' | 'filter state';
  /** Which TLVs go on to the upstream. */
  readonly passThrough: 'all' | ReadonlySet<number>;
}

export const filterName = 'envoy.filters.listener.proxy_protocol';

/** Checks an envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol. */
export function parseProxyProtocol(config: ProxyProtocolProto, ctx: ConfigContext): ProxyProtocolConfig {
  ctx.requireSupported(config, [
    'rules',
    'allowRequestsWithoutProxyProtocol',
    'passThroughTlvs',
    'disallowedVersions',
    'statPrefix',
    'tlvLocation',
  ]);
  const disallowedVersions = new Set(
    config.disallowedVersions.map((version): ProxyVersion => (version === 0 ? 'v1' : 'v2')),
  );
  if (disallowedVersions.size > 1)
    ctx.error('Proxy Protocol filter is misconfigured: all proxy protocol versions are disallowed.');
  return {
    statPrefix: config.statPrefix,
    optional: config.allowRequestsWithoutProxyProtocol,
    disallowedVersions,
    rules: new Map(config.rules.map((rule) => [rule.tlvType & 0xff, parseRule(rule)])),
    tlvLocation: config.tlvLocation === 1 ? 'filter state' : 'dynamic metadata',
    passThrough: parsePassThrough(config),
  };
}

function parseRule({ onTlvPresent: pair }: ProxyProtocol_Rule): TlvRule {
  return {
    namespace: pair?.metadataNamespace || filterName,
    key: pair?.key ?? '',
    encoding: pair?.valueStringEncoding === 2 ? 'base64' : 'utf8',
  };
}

function parsePassThrough({ passThroughTlvs }: ProxyProtocolProto): 'all' | ReadonlySet<number> {
  if (passThroughTlvs === undefined) return new Set();
  return passThroughTlvs.matchType === 0 ? 'all' : new Set(passThroughTlvs.tlvType.map((type) => type & 0xff));
}
