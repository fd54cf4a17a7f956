/** Which HTTP a cluster's hosts are spoken to in: HTTP/1.1, whatever else is configured for the clients that speak it. */
import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.d.ts';
import type { Http1ProtocolOptions } from '../../../api/generated/envoy/config/core/v3/protocol_pb.d.ts';
import type { HttpProtocolOptions } from '../../../api/generated/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { checkHttp2Options } from '../http/http2-options.ts';

export interface ChosenProtocol {
  readonly http1: Http1ProtocolOptions | undefined;
  readonly http1Ctx: ConfigContext;
}

export function chosenProtocol(
  { upstreamProtocolOptions: options }: HttpProtocolOptions,
  ctx: ConfigContext,
): ChosenProtocol {
  if (options.case === 'useDownstreamProtocolConfig') {
    const at = ctx.child('use_downstream_protocol_config');
    const { httpProtocolOptions, http2ProtocolOptions, http3ProtocolOptions } = options.value;
    checkHttp2Options(http2ProtocolOptions, at.child('http2_protocol_options'));
    if (http3ProtocolOptions !== undefined) refuseHttp3(at);
    return { http1: httpProtocolOptions, http1Ctx: at.child('http_protocol_options') };
  }
  const at = ctx.child('explicit_http_config');
  const http1Ctx = at.child('http_protocol_options');
  if (options.case !== 'explicitHttpConfig') return { http1: undefined, http1Ctx };
  const { protocolConfig } = options.value;
  if (protocolConfig.case === 'http3ProtocolOptions') refuseHttp3(at);
  else at.requireSupported(options.value, ['httpProtocolOptions']);
  return { http1: protocolConfig.case === 'httpProtocolOptions' ? protocolConfig.value : undefined, http1Ctx };
}

/** Envoy's words for every cluster whose transport socket is not QUIC's; there is none here. */
function refuseHttp3(at: ConfigContext): void {
  at.child('http3_protocol_options').error('HTTP3 requires a QuicUpstreamTransport transport socket');
}

const USE_DOWNSTREAM_PROTOCOL = 1;

/** The fields of Cluster from before there were `HttpProtocolOptions`, which stand in their place unread. */
export function checkOldProtocol(cluster: Cluster, ctx: ConfigContext): void {
  const { httpProtocolOptions, http2ProtocolOptions, protocolSelection } = cluster;
  if (http2ProtocolOptions === undefined) return;
  const at = ctx.child('http2_protocol_options');
  if (protocolSelection === USE_DOWNSTREAM_PROTOCOL) {
    checkHttp2Options(http2ProtocolOptions, at);
  } else if (httpProtocolOptions === undefined) {
    at.error('envoy.config.cluster.v3.Cluster.http2_protocol_options is not supported yet');
  } else {
    ctx.error(
      "cluster: Both HTTP1 and HTTP2 options may only be configured with non-default 'protocol_selection' values",
    );
  }
}
