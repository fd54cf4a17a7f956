import type { HealthCheck_TcpHealthCheck } from '../../../../api/generated/envoy/config/core/v3/health_check_pb.d.ts';
import { parsePayload, parsePayloads } from '../../../common/upstream/health-check-payload.ts';
import type { HealthCheckerExtension } from '../../../main/upstream/health-check/health-checker.ts';
import { type TcpHealthCheckConfig, TcpHealthCheckSession } from './session.ts';

/** `tcp_health_check` (https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/health_checking). */
export const tcpHealthChecker: HealthCheckerExtension<TcpHealthCheckConfig> = {
  category: 'envoy.health_checkers',
  name: 'envoy.health_checkers.tcp',
  configTypes: [],
  checker: 'tcpHealthCheck',
  typeName: 'TCP',
  parseConfig(message, ctx) {
    const config = message as HealthCheck_TcpHealthCheck;
    ctx.requireSupported(config, ['send', 'receive']);
    return Object.freeze({
      send: parsePayload(config.send, ctx.child('send')),
      receive: parsePayloads(config.receive, ctx, 'receive'),
    });
  },
  createSession: (config, host, parent) => new TcpHealthCheckSession(config, host, parent),
};
