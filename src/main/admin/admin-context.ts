/**
 * What the admin pages ask of the rest of the server. Each part is implemented by its owner and handed over as one
 * `AdminContext`; the pages know nothing else, so they are tested without a server.
 *
 * A `JsonObject` is a message in protobuf's JSON form with proto field names, in the order of field numbers, absent
 * fields left out, and `@type` first where it stands for an `Any`.
 */

import type { LogLevel } from '../../common/logging/levels.ts';
import type { LazyItems } from '../../common/proto/lazy-items.ts';
import type { TagProducer } from '../../common/stats/tags.ts';
import type { EndpointStat } from '../stats/endpoint-stat.ts';
import type { MainStats } from '../stats/main-stats.ts';

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | LazyItems<JsonValue> | JsonObject;
export interface JsonObject {
  readonly [field: string]: JsonValue | undefined;
}

/** `/server_info`'s states (envoy.admin.v3.ServerInfo.State). */
export type ServerState = 'LIVE' | 'DRAINING' | 'PRE_INITIALIZING' | 'INITIALIZING';

export interface AdminServerInfo {
  /** `<revision>/<version>/<status>/<build>/<tls>`. */
  readonly version: string;
  readonly state: ServerState;
  readonly uptimeCurrentEpochSeconds: number;
  readonly uptimeAllEpochsSeconds: number;
  /** `11.104`; also what /hot_restart_version answers. */
  readonly hotRestartVersion: string;
  /** envoy.admin.v3.CommandLineOptions with every field, defaults too. */
  readonly commandLineOptions: JsonObject;
  /** envoy.config.core.v3.Node with every field of its extensions, defaults too. */
  readonly node: JsonObject;
}

export interface AdminListener {
  readonly name: string;
  /** As text (`127.0.0.1:80`) and as an envoy.config.core.v3.Address. */
  readonly addresses: readonly { readonly text: string; readonly json: JsonObject }[];
}

export interface CircuitBreakerLimits {
  readonly maxConnections: number;
  readonly maxPendingRequests: number;
  readonly maxRequests: number;
  readonly maxRetries: number;
}

/** Averages and thresholds in percent; -1 where there are too few hosts or requests to say. */
export interface OutlierSummary {
  readonly successRateAverage: number;
  readonly successRateEjectionThreshold: number;
  readonly localOriginSuccessRateAverage: number;
  readonly localOriginSuccessRateEjectionThreshold: number;
}

/** Names of HostHealthStatus flags as `/clusters` prints them, in Envoy's order. */
export type HostHealthFlag =
  | 'failed_active_hc'
  | 'failed_outlier_check'
  | 'failed_eds_health'
  | 'degraded_active_hc'
  | 'degraded_eds_health'
  | 'pending_dynamic_removal'
  | 'pending_active_hc'
  | 'excluded_via_immediate_hc_fail'
  | 'active_hc_timeout'
  | 'eds_status_draining'
  | 'degraded_outlier_detection';

/** Sums over all threads. */
export interface AdminHostStats {
  readonly cxActive: number;
  readonly cxConnectFail: number;
  readonly cxTotal: number;
  readonly rqActive: number;
  readonly rqError: number;
  readonly rqPendingActive: number;
  readonly rqSuccess: number;
  readonly rqTimeout: number;
  readonly rqTotal: number;
}

export interface AdminHost {
  readonly addressText: string;
  readonly addressJson: JsonObject;
  readonly stats: AdminHostStats;
  readonly hostname: string;
  readonly healthFlags: readonly HostHealthFlag[];
  /** What all checks come to, as balancers see it. */
  readonly health: 'HEALTHY' | 'DEGRADED' | 'UNHEALTHY';
  /** The endpoint's envoy.config.core.v3.Metadata; undefined without. */
  readonly metadata: JsonObject | undefined;
  /** envoy.config.core.v3.HealthStatus: `HEALTHY` when EDS says nothing. */
  readonly edsHealthStatus: 'UNKNOWN' | 'HEALTHY' | 'UNHEALTHY' | 'DRAINING' | 'TIMEOUT' | 'DEGRADED';
  readonly weight: number;
  /** 0 when the locality says none. */
  readonly localityWeight: number;
  readonly region: string;
  readonly zone: string;
  readonly subZone: string;
  readonly canary: boolean;
  readonly priority: number;
  /** Percent; -1 when unknown. */
  readonly successRate: number;
  readonly localOriginSuccessRate: number;
}

export interface AdminCluster {
  readonly name: string;
  readonly observabilityName: string;
  readonly addedViaApi: boolean;
  /** '' when it has none. */
  readonly edsServiceName: string;
  readonly defaultPriority: CircuitBreakerLimits;
  readonly highPriority: CircuitBreakerLimits;
  /** Percent. */
  readonly overprovisioningFactor: number;
  /** Whether its hosts come from EDS. */
  readonly hasDynamicEndpoints: boolean;
  /** Undefined without outlier detection. */
  readonly outlier: OutlierSummary | undefined;
  /** By priority, then as the host set lists them. */
  readonly hosts: Iterable<AdminHost>;
}

/** Whether a resource of this name is wanted (`name_regex`). */
export type NameFilter = (name: string) => boolean;

/** One part of `/config_dump`: bootstrap, clusters, listeners, routes …; made with config-dump-sections.ts. */
export interface ConfigDumpSection {
  /** envoy.admin.v3.*ConfigDump as an Any; undefined when there is nothing to show at all. */
  dump(accepts: NameFilter): JsonObject | undefined;
}

/** What the config dump has to know of message types. */
export interface MessageSchema {
  /** Kind of a field of a message (`envoy.admin.v3.ClustersConfigDump`, `static_clusters`); undefined: no such field. */
  field(
    typeName: string,
    field: string,
  ): { readonly repeated: boolean; readonly typeName: string | undefined } | undefined;
}

export interface AdminConfigDump {
  /** By Envoy's keys (`bootstrap`, `clusters`, `listeners`, `route_scopes`, `routes`, `secrets` …). */
  readonly sections: ReadonlyMap<string, ConfigDumpSection>;
  readonly schema: MessageSchema;
}

/** Who is still waited for (envoy.admin.v3.UnreadyTargetsDumps.UnreadyTargetsDump). */
export interface UnreadyTargets {
  readonly name: string;
  readonly targetNames: readonly string[];
}

/** Bytes, as /memory names them. */
export interface AdminMemory {
  readonly allocated: number;
  readonly heapSize: number;
  readonly pageheapUnmapped: number;
  readonly pageheapFree: number;
  readonly totalThreadCache: number;
  readonly totalPhysicalBytes: number;
}

/** Log levels of the whole process: a change reaches every thread. */
export interface AdminLogging {
  /** Names and levels in Envoy's order. */
  levels(): ReadonlyMap<string, LogLevel>;
  /** False when there is no such logger. */
  setLevel(name: string, level: LogLevel): boolean;
  setAllLevels(level: LogLevel): void;
}

export interface RuntimeEntry {
  /** One a layer, '' where the layer has no such key. */
  readonly layerValues: readonly string[];
  readonly finalValue: string;
}

export interface AdminRuntime {
  readonly layers: readonly string[];
  readonly entries: ReadonlyMap<string, RuntimeEntry>;
  /** Whether there is an admin layer to write to. */
  readonly hasAdminLayer: boolean;
  /** '' removes an override. Undefined when all are merged, else what is wrong with one and none is. */
  merge(values: ReadonlyMap<string, string>): string | undefined;
}

export interface DrainOptions {
  readonly graceful: boolean;
  readonly skipExit: boolean;
  readonly inboundOnly: boolean;
}

export interface AdminLifecycle {
  /** Orderly end, after the answer has been sent. */
  shutdown(): void;
  drainListeners(options: DrainOptions): void;
  /** Whether the health check filter shall answer that we are ill. */
  failHealthcheck(fail: boolean): void;
  reopenLogs(): void;
}

/** What the process allocates, by calls: /allocprofiler. */
export interface AdminAllocations {
  /** False when it is under way already. */
  start(): boolean;
  /** What was allocated since the start and is still there, as JSON in chunks; undefined when it was not under way. */
  stop(): Iterable<string> | undefined;
}

export interface AdminContext {
  readonly stats: MainStats;
  readonly tags: TagProducer;
  /** Those of hosts, of clusters with `per_endpoint_stats`. */
  endpointStats(): Iterable<EndpointStat>;
  /** `stats_flush_on_admin`: a page of statistics flushes first. */
  readonly flushStatsOnAdmin: boolean;
  /** What the timer of `stats_flush_interval` does. */
  flushStats(): void;
  /** Brings gauges up to date that are worked out only when somebody looks. */
  updateGauges(): void;
  readonly lifecycle: AdminLifecycle;
  readonly logging: AdminLogging;
  readonly runtime: AdminRuntime;
  readonly configDump: AdminConfigDump;
  serverInfo(): AdminServerInfo;
  listeners(): Iterable<AdminListener>;
  clusters(): Iterable<AdminCluster>;
  /** envoy.admin.v3.Certificate of every TLS context in use. */
  certificates(): Iterable<JsonObject>;
  /** What listeners wait for, and what else does: by component (`listener`). */
  unreadyTargets(): ReadonlyMap<string, readonly UnreadyTargets[]>;
  memory(): AdminMemory;
  readonly allocations: AdminAllocations;
}
