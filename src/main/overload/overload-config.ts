import type {
  LoadShedPoint,
  OverloadManager,
  ResourceMonitor as ResourceMonitorProto,
  Trigger as TriggerProto,
} from '../../../api/generated/envoy/config/overload/v3/overload_pb.d.ts';
import type { DownstreamConnectionsConfig } from '../../../api/generated/envoy/extensions/resource_monitors/downstream_connections/v3/downstream_connections_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { type ResolvedExtension, type ResourceMonitorExtension, resolveExtension } from '../../../sdk/extension.ts';
import { durationMs } from '../../common/upstream/proto-values.ts';
import { OVERLOAD_NAMES, type TimerMinimum } from '../../snapshot/overload.ts';
import { parseTimerMinimums, REDUCE_TIMEOUTS } from './timer-minimums.ts';

export interface Trigger {
  readonly resource: string;
  /** From which pressure on, and up to which, the action is scaled; a threshold is both. */
  readonly from: number;
  readonly to: number;
}

/** An action or a load shed point. */
export interface TriggeredName {
  readonly name: string;
  readonly triggers: readonly Trigger[];
}

export interface OverloadConfig {
  readonly refreshIntervalMs: number;
  readonly monitors: readonly ResolvedExtension<ResourceMonitorExtension>[];
  readonly actions: readonly TriggeredName[];
  readonly loadShedPoints: readonly TriggeredName[];
  readonly maxDownstreamConnections: number | undefined;
  readonly timerMinimums: readonly TimerMinimum[];
}

const DEFAULT_INTERVAL_MS = 1000;
const CONNECTIONS = 'envoy.resource_monitors.global_downstream_max_connections';
const CONNECTIONS_TYPE = 'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig';
/** Gives memory back, which V8 does by itself. */
const SHRINK_HEAP = 'envoy.overload_actions.shrink_heap';
/** Ends streams of HTTP/2 and HTTP/3 that hold much memory; of HTTP/1 Envoy keeps no such account either. */
const RESET_STREAMS = 'envoy.overload_actions.reset_high_memory_stream';
/** Where HTTP/2 and HTTP/3 shed load; nobody comes there. */
const UNREACHED = [2, 3].flatMap((version) =>
  ['and_close_on_dispatch', 'on_dispatch'].map(
    (rest) => `envoy.load_shed_points.http${version}_server_go_away_${rest}`,
  ),
);
const supported: readonly string[] = [...OVERLOAD_NAMES, SHRINK_HEAP, RESET_STREAMS, ...UNREACHED];

/** Envoy's checks and words. */
export function parseOverloadManager(
  config: OverloadManager | undefined,
  ctx: ConfigContext,
): OverloadConfig | undefined {
  if (config === undefined) return undefined;
  ctx.requireSupported(config, [
    'refreshInterval',
    'resourceMonitors',
    'actions',
    'loadshedPoints',
    'bufferFactoryConfig',
  ]);
  const resources = new Set<string>();
  for (const [i, { name }] of config.resourceMonitors.entries()) {
    if (resources.has(name)) ctx.child('resource_monitors', i).error(`Duplicate resource monitor ${name}`);
    resources.add(name);
  }
  const actions = parseActions(config, resources, ctx);
  const points = parsePoints(config.loadshedPoints, resources, ctx);
  return {
    refreshIntervalMs: durationMs(config.refreshInterval) ?? DEFAULT_INTERVAL_MS,
    monitors: config.resourceMonitors.flatMap((monitor, i) => parseMonitor(monitor, ctx.child('resource_monitors', i))),
    actions,
    loadShedPoints: points,
    maxDownstreamConnections: parseConnections(config.resourceMonitors, ctx),
    timerMinimums: config.actions.flatMap((action, i) => parseTimerMinimums(action, ctx.child('actions', i))),
  };
}

function parseMonitor(
  { name, configType }: ResourceMonitorProto,
  ctx: ConfigContext,
): ResolvedExtension<ResourceMonitorExtension>[] {
  if (name === CONNECTIONS) return [];
  const found = resolveExtension<ResourceMonitorExtension>(ctx, 'envoy.resource_monitors', {
    name,
    typedConfig: configType.value,
  });
  return found === undefined ? [] : [found];
}

/** Not a monitor that is asked from time to time: a limit that each connection is held against. */
function parseConnections(monitors: readonly ResourceMonitorProto[], ctx: ConfigContext): number | undefined {
  const index = monitors.findIndex(({ name }) => name === CONNECTIONS);
  const any = monitors[index]?.configType.value;
  if (index < 0) return undefined;
  const at = ctx.child('resource_monitors', index);
  const message = any === undefined ? undefined : at.child('typed_config').unpack(any);
  if (message?.$typeName === CONNECTIONS_TYPE) {
    return Number((message as DownstreamConnectionsConfig).maxActiveDownstreamConnections);
  }
  at.error(`Didn't find a registered implementation for '${CONNECTIONS}' with type URL: '${message?.$typeName ?? ''}'`);
  return undefined;
}

function parseActions(
  { actions, bufferFactoryConfig }: OverloadManager,
  resources: ReadonlySet<string>,
  ctx: ConfigContext,
): TriggeredName[] {
  const known = new Set<string>();
  return actions.map(({ name, triggers, typedConfig }, i) => {
    const at = ctx.child('actions', i);
    if (known.has(name)) at.error(`Duplicate overload action ${name}`);
    known.add(name);
    if (!supported.includes(name) || !name.includes('.overload_actions.')) {
      at.error(`Unknown Overload Manager Action ${name}`);
    } else if (name !== REDUCE_TIMEOUTS && typedConfig !== undefined) {
      at.error(`Overload action "${name}" has an unexpected value for the typed_config field`);
    }
    if (name === RESET_STREAMS && bufferFactoryConfig === undefined) {
      at.error(`Overload action "${name}" requires buffer_factory_config.`);
    }
    return { name, triggers: parseTriggers(triggers, name, resources, at) };
  });
}

function parsePoints(
  configs: readonly LoadShedPoint[],
  resources: ReadonlySet<string>,
  ctx: ConfigContext,
): TriggeredName[] {
  const known = new Set<string>();
  return configs.map(({ name, triggers }, i) => {
    const at = ctx.child('loadshed_points', i);
    if (known.has(name)) at.error(`Duplicate loadshed point ${name}`);
    known.add(name);
    // A name that Envoy does not know either sheds nothing.
    const isEnvoys = name.startsWith('envoy.load_shed_points.');
    if (isEnvoys && !supported.includes(name)) at.error(`load shed point ${name} is not supported yet`);
    return { name, triggers: parseTriggers(triggers, name, resources, at) };
  });
}

function parseTriggers(
  configs: readonly TriggerProto[],
  owner: string,
  resources: ReadonlySet<string>,
  ctx: ConfigContext,
): Trigger[] {
  const known = new Set<string>();
  return configs.map(({ name: resource, triggerOneof }, i) => {
    const at = ctx.child('triggers', i);
    if (known.has(resource)) at.error(`Duplicate trigger resource for overload action ${owner}`);
    known.add(resource);
    if (!resources.has(resource)) at.error(`Unknown trigger resource ${resource} for overload action ${owner}`);
    if (triggerOneof.case !== 'scaled') {
      const threshold = triggerOneof.value?.value ?? 0;
      return { resource, from: threshold, to: threshold };
    }
    const { scalingThreshold: from, saturationThreshold: to } = triggerOneof.value;
    if (from >= to) at.error('scaling_threshold must be less than saturation_threshold');
    return { resource, from, to };
  });
}
