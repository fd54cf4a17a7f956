import type {
  ProxyProtocolConfig,
  ProxyProtocolPassThroughTLVs,
} from '../../../../api/generated/envoy/config/core/v3/proxy_protocol_pb.d.ts';
import type { ProxyProtocolUpstreamTransport } from '../../../../api/generated/envoy/extensions/transport_sockets/proxy_protocol/v3/upstream_proxy_protocol_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';
import type { ProxyVersion } from '../../../codec/proxy-protocol/proxy-header.ts';
import { type ConfiguredTlvs, parseTlvs } from '../../../common/network/proxy-protocol-tlvs.ts';
import {
  type ConfiguredTransportSocket,
  parseTransportSocket,
} from '../../../common/upstream/transport-socket-match.ts';

export interface ProxyHeaderConfig {
  readonly version: ProxyVersion;
  /** Which TLVs of the client's own header go on. */
  readonly passThrough: 'all' | ReadonlySet<number>;
  readonly addedTlvs: ConfiguredTlvs;
}

export interface UpstreamProxyProtocolConfig {
  readonly header: ProxyHeaderConfig;
  /** What follows the header; undefined = plain bytes, or while the collector has the reason. */
  readonly inner: ConfiguredTransportSocket | undefined;
}

/** Checks an envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport. */
export function parseUpstreamProxyProtocol(
  transport: ProxyProtocolUpstreamTransport,
  ctx: ConfigContext,
): UpstreamProxyProtocolConfig {
  ctx.requireSupported(transport, ['config', 'transportSocket']);
  return {
    header: parseHeader(transport.config, ctx.child('config')),
    inner: parseTransportSocket(transport.transportSocket, ctx.child('transport_socket')),
  };
}

function parseHeader(config: ProxyProtocolConfig | undefined, ctx: ConfigContext): ProxyHeaderConfig {
  if (config !== undefined) ctx.requireSupported(config, ['version', 'passThroughTlvs', 'addedTlvs']);
  return {
    version: config?.version === 1 ? 'v2' : 'v1',
    passThrough: parsePassThrough(config?.passThroughTlvs),
    addedTlvs: parseTlvs(config?.addedTlvs ?? [], ctx, 'added_tlvs'),
  };
}

function parsePassThrough(passed: ProxyProtocolPassThroughTLVs | undefined): 'all' | ReadonlySet<number> {
  if (passed === undefined) return new Set();
  return passed.matchType === 0 ? 'all' : new Set(passed.tlvType);
}
