import type { HealthCheck_TcpHealthCheck } from '../../../../api/generated/envoy/config/core/v3/health_check_pb.d.ts';
import { parsePayload, parsePayloads } from '../../../common/upstream/health-check-payload.ts';
import type { HealthCheckerExtension } from '../../../main/upstream/health-check/health-checker.ts';
import { type TcpHealthCheckConfig, TcpHealthCheckSession } from './session.ts';

/** By ProxyProtocolConfig.Version. */
const PROXY_VERSIONS = ['V1', 'V2'] as const;

/** `tcp_health_check` (https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/health_checking). */
export const tcpHealthChecker: HealthCheckerExtension<TcpHealthCheckConfig> = {
  category: 'envoy.health_checkers',
  name: 'envoy.health_checkers.tcp',
  configTypes: [],
  checker: 'tcpHealthCheck',
  typeName: 'TCP',
  parseConfig(message, ctx) {
    const config = message as HealthCheck_TcpHealthCheck;
    // Of the header's TLVs Envoy makes nothing here: a check is the proxy's own connection.
    ctx.requireSupported(config, ['send', 'receive', 'proxyProtocolConfig']);
    return Object.freeze({
      send: parsePayload(config.send, ctx.child('send')),
      receive: parsePayloads(config.receive, ctx, 'receive'),
      proxyHeader: config.proxyProtocolConfig && (PROXY_VERSIONS[config.proxyProtocolConfig.version] ?? 'V1'),
    });
  },
  createSession: (config, host, parent) => new TcpHealthCheckSession(config, host, parent),
};
