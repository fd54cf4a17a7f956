import type { HealthCheck_HttpHealthCheck } from '../../../../api/generated/envoy/config/core/v3/health_check_pb.d.ts';
import type { HealthCheckerExtension } from '../../../main/upstream/health-check/health-checker.ts';
import { type HttpHealthCheckConfig, parseHttpHealthCheck } from './config.ts';
import { HttpHealthCheckSession } from './session.ts';

/** `http_health_check` (https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/health_checking). */
export const httpHealthChecker: HealthCheckerExtension<HttpHealthCheckConfig> = {
  category: 'envoy.health_checkers',
  name: 'envoy.health_checkers.http',
  configTypes: [],
  checker: 'httpHealthCheck',
  typeName: 'HTTP',
  parseConfig: (message, ctx) => parseHttpHealthCheck(message as HealthCheck_HttpHealthCheck, ctx),
  createSession: (config, host, parent) => new HttpHealthCheckSession(config, host, parent),
};
