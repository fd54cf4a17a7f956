import type { HttpFilterContext, ListenerFactoryContext } from '../../../../../sdk/extension.ts';

/** The listener's context with the connection manager's statistics prefix, for its HTTP filters. */
export function httpFilterContext(context: ListenerFactoryContext, statsPrefix: string): HttpFilterContext {
  return {
    workerIndex: context.workerIndex,
    dispatcher: context.dispatcher,
    timeSource: context.timeSource,
    random: context.random,
    scope: context.scope,
    runtime: context.runtime,
    localInfo: context.localInfo,
    clusterManager: context.clusterManager,
    accessLogManager: context.accessLogManager,
    extensions: context.extensions,
    logger: (name) => context.logger(name),
    singleton: (key, create) => context.singleton(key, create),
    overload: context.overload,
    sharedNumber: (key) => context.sharedNumber(key),
    sharedCount: (key) => context.sharedCount(key),
    drainTimeMs: context.drainTimeMs,
    statsEvictionIntervalMs: context.statsEvictionIntervalMs,
    healthCheckFailed: context.healthCheckFailed,
    listenerScope: context.listenerScope,
    listenerName: context.listenerName,
    trafficDirection: context.trafficDirection,
    drainDecision: context.drainDecision,
    bufferLimitBytes: context.bufferLimitBytes,
    statsPrefix,
  };
}
