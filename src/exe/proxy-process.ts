import { writeFileSync } from 'node:fs';
import { toBinary } from '@bufbuild/protobuf';
import { ConfigError } from '../../sdk/config.ts';
import type { ExtensionLookup, LocalInfo } from '../../sdk/extension.ts';
import type { Logging } from '../common/logging/logger.ts';
import { messageHasher } from '../common/proto/message-hasher.ts';
import type { TypeRegistry } from '../common/proto/type-registry.ts';
import type { RealDispatcher } from '../event/real-dispatcher.ts';
import type { ServerConfig } from '../main/config/server-config.ts';
import { Server } from '../main/server.ts';
import type { ServerDependencies } from '../main/server-dependencies.ts';
import { MainStats } from '../main/stats/main-stats.ts';
import { CaresDnsResolver } from '../network/dns/cares-resolver.ts';
import { AdminServer } from './admin-server.ts';
import { startGuardDog } from './guard-dog-thread.ts';
import { defaultConcurrency, localAddress, processMemory } from './machine.ts';
import type { Options } from './options.ts';
import { realThreads } from './real-threads.ts';
import { createSocketEngine } from './socket-engine.ts';

export interface ProxyParts {
  readonly options: Options;
  readonly config: ServerConfig;
  readonly types: TypeRegistry;
  readonly extensions: ExtensionLookup;
  readonly logging: Logging;
  readonly dispatcher: RealDispatcher;
}

/** The proxy as a process: a server on real threads and sockets, its admin interface, its signals. */
export class ProxyProcess {
  readonly #parts: ProxyParts;
  readonly #dependencies: ServerDependencies;
  readonly #ended = Promise.withResolvers<void>();

  constructor(parts: ProxyParts) {
    this.#parts = parts;
    this.#dependencies = createDependencies(parts);
  }

  /** Serves until a signal or /quitquitquit; answers the exit code. */
  async run(): Promise<number> {
    const { logging, dispatcher } = this.#parts;
    const logger = logging.logger('main');
    const server = new Server(this.#dependencies);
    const admin = this.#startAdmin(server);
    const guardDog = watchOnceLive(server, this.#dependencies);
    const stop = (signal: string) => () => {
      logger.warn(`caught ENVOY_${signal}`);
      this.#ended.resolve();
    };
    dispatcher.listenForSignal('SIGTERM', stop('SIGTERM'));
    dispatcher.listenForSignal('SIGINT', stop('SIGINT'));
    dispatcher.listenForSignal('SIGUSR1', () => {
      server.reopenLogs();
      admin?.reopenLogs();
    });
    dispatcher.listenForSignal('SIGHUP', () => {});
    const running = dispatcher.run('RunUntilExit');
    const failure = await Promise.race([this.#ended.promise, startServer(server)]);
    if (failure === undefined) await this.#ended.promise;
    guardDog[Symbol.dispose]();
    await server.shutdown();
    admin?.shutdown();
    dispatcher.exit();
    await running;
    if (failure instanceof ConfigError) throw failure;
    return 0;
  }

  #startAdmin(server: Server): AdminServer | undefined {
    const { config, options, logging } = this.#parts;
    const logger = logging.logger('main');
    if (config.admin?.address === undefined) {
      logger.warn('No admin address given, so no admin HTTP server started.');
      return undefined;
    }
    const admin = new AdminServer(server, this.#dependencies, config.admin, options, () => this.#ended.resolve());
    const address = admin.listen();
    logging.logger('admin').info(`admin address: ${address.asString}`);
    if (options.adminAddressPath !== '') writeFileSync(options.adminAddressPath, address.asString);
    return admin;
  }
}

/** Threads are watched from when they serve: loading code is no hang. */
function watchOnceLive(server: Server, dependencies: ServerDependencies): Disposable {
  let guardDog: Disposable | undefined;
  server.lifecycle.registerCallback('PostInit', () => {
    guardDog = startGuardDog(server.watchdogTouches, server.scope, dependencies);
  });
  return { [Symbol.dispose]: () => guardDog?.[Symbol.dispose]() };
}

/** Undefined once the server is LIVE; the fault when it cannot be. */
async function startServer(server: Server): Promise<ConfigError | undefined> {
  try {
    await server.start();
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

function createDependencies({
  options,
  config,
  types,
  extensions,
  logging,
  dispatcher,
}: ProxyParts): ServerDependencies {
  return {
    options: { ...options, concurrency: Math.max(1, options.concurrency ?? defaultConcurrency(options.cpusetThreads)) },
    config,
    dispatcher,
    random: dispatcher.random,
    engine: createSocketEngine(dispatcher),
    dns: new CaresDnsResolver(dispatcher),
    types,
    extensions,
    logging,
    mainStats: new MainStats(),
    threads: realThreads,
    localInfo: localInfoOf(options, config),
    hash: messageHasher(types),
    encode: (message) => toBinary(types.requireMessage(message.$typeName), message),
    memory: processMemory,
  };
}

/** The flags win over the bootstrap's node where they are given. */
function localInfoOf(options: Options, { bootstrap }: ServerConfig): LocalInfo {
  const { node } = bootstrap;
  return {
    nodeId: options.serviceNode || (node?.id ?? ''),
    clusterName: options.serviceCluster || (node?.cluster ?? ''),
    zone: options.serviceZone || (node?.locality?.zone ?? ''),
    address: localAddress(options.localAddressIpVersion),
  };
}
