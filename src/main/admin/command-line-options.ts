/** `command_line_options` of /server_info: every flag, defaults too (envoy.admin.v3.CommandLineOptions). */
import type { JsonObject } from './admin-context.ts';

/** The checked command line, as far as the page shows it. Times in milliseconds. */
export interface CommandLineFacts {
  readonly configPath: string;
  readonly configYaml: string;
  readonly mode: 'serve' | 'validate' | 'init_only';
  readonly logLevel: string;
  readonly componentLogLevelText: string;
  readonly logFormat: string;
  readonly logFormatEscaped: boolean;
  readonly logPath: string;
  readonly adminAddressPath: string;
  readonly localAddressIpVersion: 'v4' | 'v6';
  readonly serviceCluster: string;
  readonly serviceNode: string;
  readonly serviceZone: string;
  readonly drainTimeMs: number;
  readonly parentShutdownTimeMs: number;
  readonly drainStrategy: 'gradual' | 'immediate';
  readonly fileFlushIntervalMs: number;
  readonly restartEpoch: number;
  readonly baseId: number;
  readonly baseIdPath: string;
  readonly allowUnknownStaticFields: boolean;
  readonly rejectUnknownDynamicFields: boolean;
  readonly ignoreUnknownDynamicFields: boolean;
  readonly skipDeprecatedLogs: boolean;
  readonly cpusetThreads: boolean;
  readonly disabledExtensions: readonly string[];
  readonly statsTags: readonly { readonly name: string; readonly value: string }[];
  /** Flags as given: those that have no meaning here are shown from here. */
  readonly flags: ReadonlyMap<string, readonly string[]>;
}

export function commandLineOptionsJson(options: CommandLineFacts, concurrency: number): JsonObject {
  const given = (flag: string): boolean => options.flags.has(flag);
  return {
    base_id: String(options.baseId),
    concurrency,
    config_path: options.configPath,
    config_yaml: options.configYaml,
    allow_unknown_static_fields: options.allowUnknownStaticFields,
    admin_address_path: options.adminAddressPath,
    local_address_ip_version: options.localAddressIpVersion,
    log_level: options.logLevel,
    component_log_level: options.componentLogLevelText,
    log_format: options.logFormat,
    log_path: options.logPath,
    service_cluster: options.serviceCluster,
    service_node: options.serviceNode,
    service_zone: options.serviceZone,
    file_flush_interval: duration(options.fileFlushIntervalMs),
    drain_time: duration(options.drainTimeMs),
    parent_shutdown_time: duration(options.parentShutdownTimeMs),
    mode: { serve: 'Serve', validate: 'Validate', init_only: 'InitOnly' }[options.mode],
    disable_hot_restart: given('disable-hot-restart'),
    enable_mutex_tracing: given('enable-mutex-tracing'),
    restart_epoch: options.restartEpoch,
    cpuset_threads: options.cpusetThreads,
    reject_unknown_dynamic_fields: options.rejectUnknownDynamicFields,
    log_format_escaped: options.logFormatEscaped,
    disabled_extensions: options.disabledExtensions,
    ignore_unknown_dynamic_fields: options.ignoreUnknownDynamicFields,
    use_dynamic_base_id: given('use-dynamic-base-id'),
    base_id_path: options.baseIdPath,
    drain_strategy: options.drainStrategy === 'gradual' ? 'Gradual' : 'Immediate',
    enable_fine_grain_logging: given('enable-fine-grain-logging'),
    socket_path: options.flags.get('socket-path')?.at(-1) ?? '@envoy_domain_socket',
    socket_mode: 0, // Envoy leaves this and file_flush_min_size at 0 whatever the flags say
    enable_core_dump: given('enable-core-dump'),
    stats_tag: options.statsTags.map(({ name, value }) => `${name}:${value}`),
    skip_hot_restart_on_no_parent: given('skip-hot-restart-on-no-parent'),
    skip_hot_restart_parent_stats: given('skip-hot-restart-parent-stats'),
    skip_deprecated_logs: options.skipDeprecatedLogs,
    file_flush_min_size: 0,
    log_stacktrace_single_entry: given('log-stacktrace-single-entry'),
  };
}

/** google.protobuf.Duration as JSON: whole seconds without a fraction, else with three digits. */
function duration(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${(ms / 1000).toFixed(3)}s`;
}
