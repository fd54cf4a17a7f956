import type { MessagePort } from 'node:worker_threads';
import type { Secret } from '../../api/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.d.ts';
import type { ConfigResources } from '../../sdk/config.ts';
import { DescriptorSource } from '../common/proto/descriptor-source.ts';
import { TypeRegistry } from '../common/proto/type-registry.ts';
import { StaticSecrets } from '../common/secret/static-secrets.ts';
import { ThreadSinks } from '../common/stats/sinks/thread-sinks.ts';
import type { StatsMemory } from '../common/stats/stats-memory.ts';
import { StatsStore } from '../common/stats/stats-store.ts';
import { enableDispatcherStats } from '../event/dispatcher-stats.ts';
import { RealDispatcher } from '../event/real-dispatcher.ts';
import { NativeLedger } from '../native/native-ledger.ts';
import type { FromWorker, ToWorker, WorkerInit } from '../snapshot/worker-messages.ts';
import { openWorkerSinks } from '../worker/stats/worker-sinks.ts';
import { Worker } from '../worker/worker.ts';
import { processResources } from './config-resources.ts';
import { touchIntervalMs } from './guard-dog-thread.ts';
import { loadExtensions } from './load-extensions.ts';
import { createSocketEngine } from './socket-engine.ts';
import { openThreadLogging } from './thread-logging.ts';

/** Builds the worker of this thread and lets it serve until main says `shutdown`. */
export async function startWorkerThread(init: WorkerInit, port: MessagePort): Promise<void> {
  const dispatcher = new RealDispatcher(`worker_${init.index}`);
  const logging = openThreadLogging(init.logging, init.index + 1, dispatcher);
  const ledger = init.nativeLedger === undefined ? undefined : new NativeLedger(init.nativeLedger);
  const engine = createSocketEngine(dispatcher, init.socketEngine, ledger);
  process.once('exit', () => engine[Symbol.dispose]());
  const store = new StatsStore(init.statsMemory as StatsMemory);
  const sinks = init.statsSinks && new ThreadSinks();
  if (sinks !== undefined) store.tapHistograms(sinks);
  const scope = store.createScope();
  if (init.enableDispatcherStats) {
    enableDispatcherStats(dispatcher, scope, `listener_manager.worker_${init.index}`);
  }
  // What a worker decodes main has written.
  const types = new TypeRegistry(new DescriptorSource(init.descriptors), { areBytesChecked: true });
  const extensions = await loadExtensions(init.plugins, init.disabledExtensions);
  if (sinks !== undefined && init.statsSinks !== undefined) {
    openWorkerSinks(sinks, init.statsSinks, { types, extensions, engine });
  }
  const worker = new Worker({
    index: init.index,
    concurrency: init.concurrency,
    deferTrafficStats: init.deferTrafficStats,
    dispatcher,
    engine,
    types,
    extensions,
    resources: resourcesOf(init, types),
    logging,
    scope,
    localInfo: init.localInfo,
    drainTimeMs: init.drainTimeMs,
    statsEvictionIntervalMs: init.statsEvictionIntervalMs,
    drainStrategy: init.drainStrategy,
    accessLog: init.accessLog,
    connectionCounts: init.connectionCounts,
    sharedNumbers: init.sharedNumbers,
    overload: init.overload,
    healthCheckFailed: init.healthCheckFailed,
    post: (message: FromWorker) => port.postMessage(message),
  });
  process.once('exit', () => worker.release());
  const touches = new Int32Array(init.watchdog);
  dispatcher.registerWatchdog(
    () => void Atomics.store(touches, init.index + 1, 1),
    touchIntervalMs(init.watchdogMissMs),
  );
  // What connections say last, farewells of TLS say, goes out in the iteration in which they are closed.
  const end = dispatcher.createSchedulableCallback(() => {
    sinks?.[Symbol.dispose]();
    engine[Symbol.dispose]();
    dispatcher.shutdown();
    port.close();
  });
  port.on('message', (message: ToWorker) => {
    worker.onMessage(message);
    if (message.kind === 'shutdown') end.scheduleCallbackNextIteration();
  });
  port.postMessage({ kind: 'ready' } satisfies FromWorker);
}

function resourcesOf({ secrets, nativeLedger }: WorkerInit, types: TypeRegistry): ConfigResources {
  const desc = types.requireMessage('envoy.extensions.transport_sockets.tls.v3.Secret');
  // Main has checked them.
  const known = StaticSecrets.of(secrets.map((bytes) => types.requireDecoded(desc, bytes) as Secret));
  return { ...processResources, secrets: known, ...(nativeLedger === undefined ? {} : { nativeLedger }) };
}
