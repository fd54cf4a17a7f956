import { writeFileSync } from 'node:fs';
import { ConfigError } from '../../sdk/config.ts';
import type { Address } from '../../sdk/network.ts';
import { Server } from '../main/server.ts';
import type { ServerDependencies } from '../main/server-dependencies.ts';
import type { WorkerAccessLogs } from '../worker/access-log/access-log-manager.ts';
import type { Worker } from '../worker/worker.ts';
import { AdminServer } from './admin-server.ts';
import { AllocationProfiler } from './allocation-profiler.ts';
import { createMainWorker } from './main-worker.ts';
import type { Options } from './options.ts';
import { releaseMemory } from './release-memory.ts';

/** Starts to watch the threads of a server that is LIVE; disposing ends the watch. */
export type WatchThreads = (server: Server) => Disposable;

/** The proxy as a process: a server, its admin interface, its signals. */
export class ProxyProcess {
  readonly server: Server;
  readonly #options: Options;
  /** Of the main thread's own. */
  readonly #worker: Worker;
  readonly #dependencies: ServerDependencies;
  readonly #watchThreads: WatchThreads;
  readonly #ended = Promise.withResolvers<void>();
  #adminAddress: Address | undefined = undefined;

  /** @param accessLogs of the main thread; default: files */
  constructor(
    options: Options,
    dependencies: ServerDependencies,
    watchThreads: WatchThreads,
    accessLogs?: WorkerAccessLogs,
  ) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#watchThreads = watchThreads;
    this.server = new Server(dependencies);
    this.#worker = createMainWorker(this.server, dependencies, options, accessLogs);
  }

  /** Undefined when there is no admin listener, or not yet. */
  get adminAddress(): Address | undefined {
    return this.#adminAddress;
  }

  /** Serves until a signal or /quitquitquit; answers the exit code. */
  async run(): Promise<number> {
    const { dispatcher } = this.#dependencies;
    const { server } = this;
    const admin = this.#startAdmin();
    const watch = this.#watchOnceLive();
    this.#listenForSignals();
    const running = dispatcher.run('RunUntilExit');
    const failure = await Promise.race([this.#ended.promise, startServer(server)]);
    if (failure === undefined) releaseMemory();
    if (failure === undefined && this.#options.mode !== 'init_only') await this.#ended.promise;
    watch[Symbol.dispose]();
    await server.shutdown();
    this.#worker.shutdown();
    admin?.[Symbol.dispose]();
    dispatcher.exit();
    await running;
    if (failure instanceof ConfigError) throw failure;
    return 0;
  }

  #listenForSignals(): void {
    const { dispatcher, logging } = this.#dependencies;
    const logger = logging.logger('main');
    const stop = (text: string) => () => {
      logger.warn(text);
      this.#ended.resolve();
    };
    dispatcher.listenForSignal('SIGTERM', stop('caught ENVOY_SIGTERM'));
    dispatcher.listenForSignal('SIGINT', stop('caught SIGINT'));
    dispatcher.listenForSignal('SIGUSR1', () => {
      this.#reopenLogs();
      // In the new file, where Envoy's comes to stand as well.
      logger.info('caught SIGUSR1. Reopening access logs.');
    });
    dispatcher.listenForSignal('SIGHUP', () =>
      logger.warn('caught and eating SIGHUP. See documentation for how to hot restart.'),
    );
  }

  /** Of the workers and of main, where the admin interface writes its own. */
  #reopenLogs(): void {
    this.server.reopenLogs();
    this.#worker.onMessage({ kind: 'call', id: 0, method: 'reopen_logs', argument: undefined });
  }

  #startAdmin(): AdminServer | undefined {
    const { config, logging } = this.#dependencies;
    const { adminAddressPath } = this.#options;
    if (config.admin?.address === undefined) {
      logging.logger('main').warn('No admin address given, so no admin HTTP server started.');
      return undefined;
    }
    const admin = new AdminServer(this.#worker, this.server, this.#dependencies, config.admin, this.#options, {
      quit: () => this.#ended.resolve(),
      reopenLogs: () => this.#reopenLogs(),
      allocations: new AllocationProfiler(this.#dependencies.dispatcher, this.#dependencies.options.concurrency),
    });
    this.#adminAddress = admin.listen();
    logging.logger('admin').info(`admin address: ${this.#adminAddress.asString}`);
    if (adminAddressPath !== '') writeFileSync(adminAddressPath, this.#adminAddress.asString);
    return admin;
  }

  /** Threads are watched from when they serve: loading code is no hang. */
  #watchOnceLive(): Disposable {
    let watch: Disposable | undefined;
    this.server.lifecycle.registerCallback('PostInit', () => {
      watch = this.#watchThreads(this.server);
    });
    return { [Symbol.dispose]: () => watch?.[Symbol.dispose]() };
  }
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
