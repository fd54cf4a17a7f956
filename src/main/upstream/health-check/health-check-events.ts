/** The log of health checks (envoy.data.core.v3.HealthCheckEvent): lines of JSON, and sinks by extensions. */
import type { TimeSource } from '../../../../sdk/event.ts';
import type { AccessLogFile, AccessLogManager, Extension } from '../../../../sdk/extension.ts';
import { utf8Bytes } from '../../../common/byte-string.ts';
import type { HealthCheckConfig } from '../../../common/upstream/health-check-config.ts';
import type { JsonObject } from '../../admin/admin-context.ts';
import { timestamp } from '../../admin/config-dump-sections.ts';
import type { ManagedHost } from '../managed-host.ts';

/** Envoy's HealthCheckFailureType. */
export type HealthCheckFailure = 'ACTIVE' | 'PASSIVE' | 'NETWORK' | 'NETWORK_TIMEOUT';
/** Envoy's HealthCheckerType. */
export type HealthCheckerName = 'HTTP' | 'TCP';

export interface HealthCheckEventSink {
  /** @param event the message as Envoy prints it as JSON, fields at their default too */
  log(event: JsonObject): void;
}

export interface HealthCheckEventSinkExtension<Config = unknown>
  extends Extension<'envoy.health_check.event_sinks', Config> {
  createSink(config: Config, context: { readonly accessLogManager: AccessLogManager }): HealthCheckEventSink;
}

export class HealthCheckEvents {
  readonly #cluster: string;
  readonly #checker: HealthCheckerName;
  readonly #time: TimeSource;
  readonly #sinks: readonly HealthCheckEventSink[];

  constructor(cluster: string, checker: HealthCheckerName, time: TimeSource, sinks: readonly HealthCheckEventSink[]) {
    this.#cluster = cluster;
    this.#checker = checker;
    this.#time = time;
    this.#sinks = sinks;
  }

  ejectUnhealthy(host: ManagedHost, failure: HealthCheckFailure, status: number): void {
    this.#log(host, { eject_unhealthy_event: { failure_type: failure, http_status_code: status } });
  }

  addHealthy(host: ManagedHost, firstCheck: boolean): void {
    this.#log(host, { add_healthy_event: { first_check: firstCheck } });
  }

  failure(host: ManagedHost, failure: HealthCheckFailure, firstCheck: boolean, status: number): void {
    const event = { failure_type: failure, first_check: firstCheck, http_status_code: status };
    this.#log(host, {}, { health_check_failure_event: event });
  }

  degraded(host: ManagedHost): void {
    this.#log(host, {}, { degraded_healthy_host: {} });
  }

  noLongerDegraded(host: ManagedHost): void {
    this.#log(host, {}, { no_longer_degraded_host: {} });
  }

  success(host: ManagedHost): void {
    this.#log(host, {}, {}, { successful_health_check_event: {} });
  }

  /** The event's own field stands where its number in the message puts it: before the time, after it, or last. */
  #log(host: ManagedHost, early: JsonObject, late: JsonObject = {}, last: JsonObject = {}): void {
    const { region, zone, subZone } = host.locality;
    const event: JsonObject = {
      health_checker_type: this.#checker,
      host: addressJson(host),
      cluster_name: this.#cluster,
      ...early,
      timestamp: timestamp(this.#time.systemTimeMs()),
      ...late,
      ...metadataJson(host),
      locality: { region, zone, sub_zone: subZone },
      ...last,
    };
    for (const sink of this.#sinks) sink.log(event);
  }
}

/** Undefined where nothing listens. */
export function createHealthCheckEvents(
  cluster: string,
  checker: HealthCheckerName,
  config: HealthCheckConfig,
  world: { readonly time: TimeSource; readonly accessLogManager: AccessLogManager },
): HealthCheckEvents | undefined {
  const sinks = config.eventSinks.map((sink) =>
    (sink.extension as HealthCheckEventSinkExtension).createSink(sink.config, world),
  );
  if (config.eventLogPath !== '') sinks.push(fileSink(world.accessLogManager.createAccessLog(config.eventLogPath)));
  return sinks.length === 0 ? undefined : new HealthCheckEvents(cluster, checker, world.time, sinks);
}

/** A line of JSON an event. */
export function fileSink(file: AccessLogFile): HealthCheckEventSink {
  return { log: (event) => file.write(utf8Bytes(`${JSON.stringify(event)}\n`)) };
}

function addressJson({ address }: ManagedHost): JsonObject {
  if (address.kind === 'pipe') return { pipe: { path: address.path, mode: 0 } };
  return {
    socket_address: {
      protocol: 'TCP',
      address: address.ip,
      port_value: address.port,
      resolver_name: '',
      ipv4_compat: false,
      network_namespace_filepath: '',
    },
  };
}

function metadataJson({ metadata }: ManagedHost): JsonObject {
  if (metadata.size === 0) return {};
  return { metadata: { filter_metadata: Object.fromEntries(metadata) as JsonObject, typed_filter_metadata: {} } };
}
