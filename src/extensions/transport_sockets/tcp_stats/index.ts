import type { Config } from '../../../../api/generated/envoy/extensions/transport_sockets/tcp_stats/v3/tcp_stats_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';
import {
  resolveExtension,
  type TransportSocketExtension,
  type TransportSocketFactoryContext,
} from '../../../../sdk/extension.ts';
import type { TransportSocketFactory } from '../../../../sdk/network.ts';
import { durationMs } from '../../../common/upstream/proto-values.ts';
import type { ConfiguredTransportSocket } from '../../../common/upstream/transport-socket-match.ts';
import { TcpStatsSocket } from './socket.ts';
import { TcpStats } from './stats.ts';

type Category = TransportSocketExtension['category'];

interface TcpStatsConfig {
  /** Undefined while the collector has the reason. */
  readonly inner: ConfiguredTransportSocket | undefined;
  readonly updatePeriodMs: number | undefined;
}

function parse(message: Config, ctx: ConfigContext, category: Category): TcpStatsConfig {
  const { transportSocket, updatePeriod } = message;
  const { name = '', configType } = transportSocket ?? {};
  const typedConfig = configType?.case === 'typedConfig' ? configType.value : undefined;
  const place = ctx.child('transport_socket');
  return {
    inner: resolveExtension<TransportSocketExtension>(place, category, { name, typedConfig }),
    updatePeriodMs: durationMs(updatePeriod),
  };
}

function createFactory(
  { inner, updatePeriodMs }: TcpStatsConfig,
  context: TransportSocketFactoryContext,
): TransportSocketFactory {
  const factory = inner?.extension.createTransportSocketFactory(inner.config, context);
  const stats = new TcpStats(context.ownerScope);
  return {
    implementsSecureTransport: factory?.implementsSecureTransport ?? false,
    writesProxyHeader: factory?.writesProxyHeader ?? false,
    createTransportSocket: (role, host, options) =>
      new TcpStatsSocket(
        factory?.createTransportSocket(role, host, options),
        stats,
        context.dispatcher,
        updatePeriodMs,
      ),
    [Symbol.dispose]: () => factory?.[Symbol.dispose]?.(),
  };
}

function tcpStatsFor(category: Category): TransportSocketExtension<TcpStatsConfig> {
  return {
    category,
    name: 'envoy.transport_sockets.tcp_stats',
    configTypes: ['envoy.extensions.transport_sockets.tcp_stats.v3.Config'],
    parseConfig: (message, ctx) => parse(message as Config, ctx, category),
    createTransportSocketFactory: createFactory,
    certificatesInUse: ({ inner }) => inner?.extension.certificatesInUse?.(inner.config),
  };
}

/** What the kernel tells of connections to upstreams. */
export const tcpStats = tcpStatsFor('envoy.transport_sockets.upstream');
/** The same, of connections to listeners. */
export const tcpStatsDownstream = tcpStatsFor('envoy.transport_sockets.downstream');
