import type { Message } from '@bufbuild/protobuf';
import type { Bootstrap, Watchdog } from '../../../api/generated/envoy/config/bootstrap/v3/bootstrap_pb.d.ts';
import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.d.ts';
import type { BindConfig } from '../../../api/generated/envoy/config/core/v3/address_pb.d.ts';
import type { Listener } from '../../../api/generated/envoy/config/listener/v3/listener_pb.d.ts';
import type { Secret } from '../../../api/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { FilterChainConfig, ListenerConfig } from '../../common/listener/listener-config.ts';
import { parseListener } from '../../common/listener/parse-listener.ts';
import type { TypeRegistry } from '../../common/proto/type-registry.ts';
import { StaticSecrets } from '../../common/secret/static-secrets.ts';
import { type ConfiguredSink, parseStatsSinks } from '../../common/stats/sinks/parse-stats-sinks.ts';
import { type CheckedStatsConfig, parseStatsConfig } from '../../common/stats/stats-config.ts';
import type { Tag } from '../../common/stats/tags.ts';
import { withBindDefault } from '../../common/upstream/bind-options.ts';
import { parseClusterConfig } from '../../common/upstream/cluster-config.ts';
import { type DnsResolverConfig, parseDnsResolver } from '../../common/upstream/dns-resolver-config.ts';
import { durationMs } from '../../common/upstream/proto-values.ts';
import type { WatchdogConfig } from '../../snapshot/guard-dog.ts';
import { FollowedFiles } from '../followed/followed-files.ts';
import { type OverloadConfig, parseOverloadManager } from '../overload/overload-config.ts';
import { type LayerConfig, parseLayeredRuntime } from '../runtime/runtime-config.ts';
import { DiscoveredSecrets } from '../secret/discovered-secrets.ts';
import type { CheckedCluster } from '../upstream/managed-cluster.ts';
import { type AdminConfig, parseAdmin } from './admin-config.ts';
import { parseApplicationLog } from './application-log.ts';
import { checkClusterManager, parseDefaultBind } from './cluster-manager-config.ts';
import { checkClusterReferences } from './cluster-references.ts';
import { checkDatagramSharing, checkDuplicateAddresses } from './duplicate-addresses.ts';
import { checkRegexEngine } from './regex-engine.ts';
import { checkSocketInterfaceName, type IoUringConfig, parseBootstrapExtensions } from './socket-interface.ts';
import { parseWatchdog } from './watchdog-config.ts';

export interface CheckedStaticListener {
  readonly message: Listener;
  readonly config: ListenerConfig;
}

export interface CheckedSecret {
  readonly message: Secret;
  readonly bytes: Uint8Array;
}

/** A checked bootstrap. Times in milliseconds. */
export interface ServerConfig {
  readonly bootstrap: Bootstrap;
  /** Of the bootstrap, kind by kind. */
  readonly secrets: readonly CheckedSecret[];
  readonly discoveredSecrets: DiscoveredSecrets;
  readonly followedFiles: FollowedFiles;
  readonly clusters: readonly CheckedCluster[];
  readonly listeners: readonly CheckedStaticListener[];
  readonly runtimeLayers: readonly LayerConfig[];
  /** Of deprecated fields, for the runtime's statistics. */
  readonly deprecatedUses: number;
  readonly admin: AdminConfig | undefined;
  readonly stats: CheckedStatsConfig;
  readonly statsSinks: readonly ConfiguredSink[];
  readonly statsFlushIntervalMs: number;
  /** 0 = never. */
  readonly statsEvictionIntervalMs: number;
  readonly flushStatsOnAdmin: boolean;
  /** Statistics of a cluster's traffic are there from its first use on. */
  readonly deferTrafficStats: boolean;
  readonly mainWatchdog: WatchdogConfig;
  readonly workerWatchdog: WatchdogConfig;
  /** Of `application_log_config`; undefined: what the command line says. */
  readonly logFormat: string | undefined;
  readonly enableDispatcherStats: boolean;
  readonly overload: OverloadConfig | undefined;
  /** Undefined: as the system is set up. */
  readonly dnsResolver: DnsResolverConfig | undefined;
  /** Undefined: nothing was said. */
  readonly ioUring: IoUringConfig | undefined;
}

const supported = [
  'node',
  'nodeContextParams',
  'staticResources',
  'clusterManager',
  'statsConfig',
  'statsFlushInterval',
  'statsFlushOnAdmin',
  'statsEvictionInterval',
  'deferredStatOptions',
  'statsSinks',
  'watchdog',
  'watchdogs',
  'layeredRuntime',
  'admin',
  'enableDispatcherStats',
  'statsServerVersionOverride',
  'useTcpForDnsLookups',
  'typedDnsResolverConfig',
  'dnsResolutionConfig',
  'defaultRegexEngine',
  'defaultSocketInterface',
  'bootstrapExtensions',
  'flagsPath',
  'applicationLogConfig',
  'dynamicResources',
  'inlineHeaders',
  'overloadManager',
  'tracing',
] as const;
const defaultStatsFlushIntervalMs = 5000;

export interface ServerConfigOptions {
  readonly types: TypeRegistry;
  readonly hash: (message: Message) => string;
  readonly encode: (message: Message) => Uint8Array;
  readonly statsTags: readonly Tag[];
  /** Of deprecated fields, as they were read. */
  readonly deprecatedUses?: number;
  readonly warn?: (text: string) => void;
  /** Worker threads. */
  readonly concurrency: number;
  newName(): string;
  /** Whether the node has an id and a cluster, from wherever. */
  hasNode(bootstrap: Bootstrap): boolean;
}

/** Checks a whole bootstrap; every fault is gathered in `ctx`. */
export function parseServerConfig(
  bootstrap: Bootstrap,
  ctx: ConfigContext,
  options: ServerConfigOptions,
): ServerConfig {
  ctx.requireSupported(bootstrap, supported);
  const { staticResources } = bootstrap;
  const secrets = StaticSecrets.parse(staticResources?.secrets ?? [], ctx.child('static_resources'));
  const hasNode = options.hasNode(bootstrap);
  const discoveredSecrets = new DiscoveredSecrets(secrets, hasNode);
  const followed = new FollowedFiles(options.types, hasNode);
  const hasLocalCluster = (bootstrap.clusterManager?.localClusterName ?? '') !== '';
  let deprecatedUses = options.deprecatedUses ?? 0;
  const noteDeprecatedUse = (text: string) => {
    deprecatedUses++;
    options.warn?.(text);
  };
  const resources = ctx
    .child('static_resources')
    .withResources({ secrets: discoveredSecrets, followed, hasLocalCluster, noteDeprecatedUse });
  if (staticResources !== undefined) resources.requireSupported(staticResources, ['listeners', 'clusters', 'secrets']);
  const bind = parseDefaultBind(bootstrap.clusterManager, ctx.child('cluster_manager'));
  const clusters = parseClusters(staticResources?.clusters ?? [], bind, resources, options);
  const names = new Set(clusters.map(({ config }) => config.name));
  const hasCluster = (name: string): boolean => names.has(name);
  const listeners = parseListeners(staticResources?.listeners ?? [], resources.withResources({ hasCluster }), options);
  checkClusterManager(bootstrap.clusterManager, [...names], ctx.child('cluster_manager'));
  if (bootstrap.dynamicResources !== undefined)
    ctx.child('dynamic_resources').requireSupported(bootstrap.dynamicResources, []);
  if (bootstrap.tracing !== undefined) ctx.child('tracing').requireSupported(bootstrap.tracing, []);
  checkServerFields(bootstrap, ctx);
  checkDuplicateAddresses(listeners, resources);
  if (options.concurrency > 1) checkDatagramSharing(listeners, resources);
  checkClusterReferences([...names], listeners, resources);
  return {
    bootstrap,
    discoveredSecrets,
    followedFiles: followed,
    secrets: secrets.all.map((message) => ({ message, bytes: options.encode(message) })),
    clusters,
    listeners: listeners.map(withoutFilterConfigs),
    // Envoy makes a file access log of the field by itself, and that is looked at again.
    deprecatedUses: deprecatedUses + (bootstrap.admin?.accessLogPath ? 1 : 0),
    runtimeLayers: parseLayeredRuntime(bootstrap.layeredRuntime, ctx.child('layered_runtime')),
    admin: bootstrap.admin === undefined ? undefined : parseAdmin(bootstrap.admin, ctx.child('admin')),
    stats: parseStatsConfig(bootstrap.statsConfig, options.statsTags, ctx.child('stats_config')),
    statsSinks: parseStatsSinks(bootstrap.statsSinks, ctx),
    statsEvictionIntervalMs: parseEviction(bootstrap, ctx),
    statsFlushIntervalMs: durationMs(bootstrap.statsFlushInterval) ?? defaultStatsFlushIntervalMs,
    flushStatsOnAdmin: bootstrap.statsFlush.case === 'statsFlushOnAdmin' && bootstrap.statsFlush.value,
    deferTrafficStats: bootstrap.deferredStatOptions?.enableDeferredCreationStats === true,
    ...parseWatchdogs(bootstrap, ctx),
    logFormat: parseApplicationLog(bootstrap.applicationLogConfig, ctx.child('application_log_config')),
    enableDispatcherStats: bootstrap.enableDispatcherStats,
    overload: parseOverloadManager(bootstrap.overloadManager, ctx.child('overload_manager')),
    dnsResolver: parseDnsResolver(bootstrap, ctx),
    ioUring: parseBootstrapExtensions(bootstrap.bootstrapExtensions, ctx),
  };
}

function checkServerFields(bootstrap: Bootstrap, ctx: ConfigContext): void {
  checkRegexEngine(bootstrap.defaultRegexEngine, ctx.child('default_regex_engine'));
  checkSocketInterfaceName(bootstrap.defaultSocketInterface, ctx.child('default_socket_interface'));
  const { statsFlush, statsFlushInterval } = bootstrap;
  if (statsFlush.case !== undefined && statsFlushInterval !== undefined)
    ctx.error('Only one of stats_flush_interval or stats_flush_on_admin should be set!');
}

function parseEviction({ statsEviction, statsFlushInterval }: Bootstrap, ctx: ConfigContext): number {
  const intervalMs = statsEviction.case === undefined ? 0 : (durationMs(statsEviction.value) ?? 0);
  const flushMs = Math.floor(durationMs(statsFlushInterval) ?? defaultStatsFlushIntervalMs);
  if (Math.floor(intervalMs) % flushMs !== 0)
    ctx.error('stats_eviction_interval must be a multiple of stats_flush_interval');
  return intervalMs;
}

function parseClusters(
  clusters: readonly Cluster[],
  bind: BindConfig | undefined,
  ctx: ConfigContext,
  { hash, encode }: ServerConfigOptions,
): CheckedCluster[] {
  const names = new Set<string>();
  return clusters.flatMap((message, i) => {
    const place = ctx.child('clusters', i);
    if (names.has(message.name)) place.child('name').error(`cluster manager: duplicate cluster '${message.name}'`);
    names.add(message.name);
    const config = ctx.collector.capture(() => parseClusterConfig(withBindDefault(message, bind), place));
    return config === undefined ? [] : [{ message, config, bytes: encode(message), hash: hash(message) }];
  });
}

function parseListeners(
  listeners: readonly Listener[],
  ctx: ConfigContext,
  options: ServerConfigOptions,
): CheckedStaticListener[] {
  return listeners.flatMap((message, i) => {
    const { hash, newName } = options;
    const place = ctx.child('listeners', i);
    const config = ctx.collector.capture(() => parseListener(message, place, { fallbackName: newName(), hash }));
    return config === undefined ? [] : [{ message, config }];
  });
}

/** What network filters were parsed to is the workers' to have: on main it was for its faults. */
function withoutFilterConfigs({ message, config }: CheckedStaticListener): CheckedStaticListener {
  const bare = (chain: FilterChainConfig): FilterChainConfig => ({
    ...chain,
    filters: chain.filters.map((filter) => ({ ...filter, config: undefined })),
  });
  const { filterChains, defaultFilterChain } = config;
  return {
    message,
    config: {
      ...config,
      filterChains: filterChains.map(bare),
      defaultFilterChain: defaultFilterChain && bare(defaultFilterChain),
    },
  };
}

function parseWatchdogs(
  bootstrap: Bootstrap,
  ctx: ConfigContext,
): Pick<ServerConfig, 'mainWatchdog' | 'workerWatchdog'> {
  const { watchdog, watchdogs } = bootstrap;
  const parse = (own: Watchdog | undefined, field: string): WatchdogConfig =>
    own === undefined
      ? parseWatchdog(watchdog, ctx.child('watchdog'))
      : parseWatchdog(own, ctx.child('watchdogs').child(field));
  return {
    mainWatchdog: parse(watchdogs?.mainThreadWatchdog, 'main_thread_watchdog'),
    workerWatchdog: parse(watchdogs?.workerWatchdog, 'worker_watchdog'),
  };
}
