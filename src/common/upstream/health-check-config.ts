/** `health_checks` of a cluster (envoy.config.core.v3.HealthCheck): when hosts are checked and what comes of it. */
import type { Message } from '@bufbuild/protobuf';
import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.d.ts';
import type { HealthCheck } from '../../../api/generated/envoy/config/core/v3/health_check_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { type Extension, resolveExtension } from '../../../sdk/extension.ts';
import type { Struct } from '../../../sdk/stream-info.ts';
import { durationMs } from './proto-values.ts';

/** A checker as configuration knows it; what it does with hosts is for main (main/upstream/health-check). */
export interface HealthCheckerType extends Extension<'envoy.health_checkers'> {
  /** The case of `health_checker` that names it. */
  readonly checker: string;
}

export interface HealthCheckTimes {
  readonly timeoutMs: number;
  readonly intervalMs: number;
  readonly unhealthyIntervalMs: number;
  /** After a first failure or success that does not change anything yet. */
  readonly unhealthyEdgeIntervalMs: number;
  readonly healthyEdgeIntervalMs: number;
  /** As long as the cluster has had no traffic. */
  readonly noTrafficIntervalMs: number;
  readonly noTrafficHealthyIntervalMs: number;
  readonly initialJitterMs: number;
  readonly intervalJitterMs: number;
  readonly intervalJitterPercent: number;
}

/** What an extension is given by `typed_config`. */
export interface ConfiguredExtension<C extends Extension['category']> {
  readonly extension: Extension<C>;
  readonly config: unknown;
}

export interface HealthCheckConfig {
  readonly times: HealthCheckTimes;
  readonly unhealthyThreshold: number;
  readonly healthyThreshold: number;
  readonly reuseConnection: boolean;
  readonly alwaysLogFailures: boolean;
  readonly alwaysLogSuccess: boolean;
  /** '' = none. */
  readonly eventLogPath: string;
  readonly eventSinks: readonly ConfiguredExtension<'envoy.health_check.event_sinks'>[];
  /** Instead of the transport socket's own. */
  readonly alpnProtocols: readonly string[] | undefined;
  /** Instead of what the host's metadata say of its transport socket. */
  readonly transportSocketMatch: Struct | undefined;
  readonly checker: { readonly extension: HealthCheckerType; readonly config: unknown };
}

const SUPPORTED = [
  'timeout',
  'interval',
  'initialJitter',
  'intervalJitter',
  'intervalJitterPercent',
  'unhealthyThreshold',
  'healthyThreshold',
  // Envoy does not look at it either.
  'altPort',
  'reuseConnection',
  'httpHealthCheck',
  'tcpHealthCheck',
  'grpcHealthCheck',
  'customHealthCheck',
  'noTrafficInterval',
  'noTrafficHealthyInterval',
  'unhealthyInterval',
  'unhealthyEdgeInterval',
  'healthyEdgeInterval',
  'eventLogPath',
  'eventLogger',
  'alwaysLogHealthCheckFailures',
  'alwaysLogHealthCheckSuccess',
  'tlsOptions',
  'transportSocketMatchCriteria',
  'name',
] as const;

/** Undefined without checks, and after `ctx` has been told why there can be none. */
export function parseHealthChecks({ healthChecks }: Cluster, ctx: ConfigContext): HealthCheckConfig | undefined {
  const [only] = healthChecks;
  if (only === undefined) return undefined;
  if (healthChecks.length > 1) {
    const unnamed = healthChecks.findIndex(({ name }) => name === '');
    const each = `health check at index ${unnamed} is missing a name; all health checks must have a name`;
    const text = unnamed < 0 ? 'is not supported yet' : `${each} when multiple health checks are configured`;
    ctx.child('health_checks', Math.max(1, unnamed)).error(text);
  }
  return parseHealthCheck(only, ctx.child('health_checks', 0));
}

function parseHealthCheck(message: HealthCheck, ctx: ConfigContext): HealthCheckConfig | undefined {
  ctx.requireSupported(message, SUPPORTED);
  const checker = parseChecker(message, ctx);
  const { eventLogPath } = message;
  const fault = eventLogPath === '' ? undefined : ctx.resources?.checkLogFile?.(eventLogPath);
  if (fault !== undefined) ctx.child('event_log_path').error(`unable to open file '${eventLogPath}': ${fault}`);
  const eventSinks = message.eventLogger.map(({ name, typedConfig }, i) =>
    resolveExtension<Extension<'envoy.health_check.event_sinks'>>(
      ctx.child('event_logger', i),
      'envoy.health_check.event_sinks',
      { name, typedConfig },
    ),
  );
  return (
    checker &&
    Object.freeze({
      times: timesOf(message),
      unhealthyThreshold: message.unhealthyThreshold ?? 1,
      healthyThreshold: message.healthyThreshold ?? 1,
      reuseConnection: message.reuseConnection ?? true,
      alwaysLogFailures: message.alwaysLogHealthCheckFailures,
      alwaysLogSuccess: message.alwaysLogHealthCheckSuccess,
      eventLogPath,
      eventSinks: eventSinks.filter((sink) => sink !== undefined),
      alpnProtocols: message.tlsOptions?.alpnProtocols,
      transportSocketMatch: message.transportSocketMatchCriteria as Struct | undefined,
      checker,
    })
  );
}

function timesOf(message: HealthCheck): HealthCheckTimes {
  const intervalMs = durationMs(message.interval) ?? 0;
  const unhealthyIntervalMs = durationMs(message.unhealthyInterval) ?? intervalMs;
  const noTrafficIntervalMs = durationMs(message.noTrafficInterval) ?? 60_000;
  return {
    timeoutMs: durationMs(message.timeout) ?? 0,
    intervalMs,
    unhealthyIntervalMs,
    unhealthyEdgeIntervalMs: durationMs(message.unhealthyEdgeInterval) ?? unhealthyIntervalMs,
    healthyEdgeIntervalMs: durationMs(message.healthyEdgeInterval) ?? intervalMs,
    noTrafficIntervalMs,
    noTrafficHealthyIntervalMs: durationMs(message.noTrafficHealthyInterval) ?? noTrafficIntervalMs,
    initialJitterMs: durationMs(message.initialJitter) ?? 0,
    intervalJitterMs: durationMs(message.intervalJitter) ?? 0,
    intervalJitterPercent: message.intervalJitterPercent,
  };
}

/** The fields of the cases by their names in the proto. */
const FIELDS: Readonly<Record<string, string>> = {
  httpHealthCheck: 'http_health_check',
  tcpHealthCheck: 'tcp_health_check',
  grpcHealthCheck: 'grpc_health_check',
  customHealthCheck: 'custom_health_check',
};

function parseChecker({ healthChecker }: HealthCheck, ctx: ConfigContext): HealthCheckConfig['checker'] | undefined {
  const { case: checker, value } = healthChecker;
  if (checker === undefined) return undefined;
  const all = (ctx.extensions?.all('envoy.health_checkers') ?? []) as readonly HealthCheckerType[];
  const extension = all.find((each) => each.checker === checker);
  const at = ctx.child(FIELDS[checker] ?? checker);
  if (extension === undefined) {
    at.error('is not supported yet', { expected: 'http_health_check or tcp_health_check' });
    return undefined;
  }
  const parsed = at.collector.capture(() => ({ config: extension.parseConfig(value as Message, at) }));
  return parsed && { extension, config: parsed.config };
}
