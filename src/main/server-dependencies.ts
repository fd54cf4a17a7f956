import type { Message } from '@bufbuild/protobuf';
import type { ConfigResources } from '../../sdk/config.ts';
import type { Random } from '../../sdk/event.ts';
import type { ExtensionLookup, LocalInfo } from '../../sdk/extension.ts';
import type { LogLevel } from '../common/logging/levels.ts';
import type { Logging } from '../common/logging/logger.ts';
import type { TypeRegistry } from '../common/proto/type-registry.ts';
import type { Tag } from '../common/stats/tags.ts';
import type { LoopDispatcher } from '../event/dispatcher.ts';
import type { DnsResolver } from '../network/dns/resolver.ts';
import type { SocketEngine } from '../network/engine/engine.ts';
import type { SocketEngineChoice } from '../snapshot/worker-messages.ts';
import type { AdminMemory } from './admin/admin-context.ts';
import type { ServerConfig } from './config/server-config.ts';
import type { FollowableFiles } from './followed/system-files.ts';
import type { RuntimeFiles } from './runtime/runtime-files.ts';
import type { MainStats } from './stats/main-stats.ts';
import type { CreateDnsResolver } from './upstream/dns-resolvers.ts';
import type { WorkerThreadFactory } from './workers/worker-thread.ts';

/** The command line's part in the server, see exe/options.ts. Times in milliseconds. */
export interface ServerOptions {
  readonly concurrency: number;
  readonly restartEpoch: number;
  readonly drainTimeMs: number;
  readonly drainStrategy: 'gradual' | 'immediate';
  readonly fileFlushIntervalMs: number;
  readonly fileFlushMinSizeKb: number;
  readonly logLevel: LogLevel;
  readonly componentLogLevels: ReadonlyMap<string, LogLevel>;
  readonly logFormat: string;
  readonly logFormatEscaped: boolean;
  readonly logPath: string;
  /** --stats-tag. */
  readonly statsTags: readonly Tag[];
  readonly rejectUnknownDynamicFields: boolean;
  readonly ignoreUnknownDynamicFields: boolean;
  readonly plugins: readonly string[];
  readonly disabledExtensions: readonly string[];
  readonly socketEngine: SocketEngineChoice;
}

/** What the server is built on: the process provides it, or the simulation. */
export interface ServerDependencies {
  readonly options: ServerOptions;
  readonly config: ServerConfig;
  readonly dispatcher: LoopDispatcher;
  readonly random: Random;
  readonly engine: SocketEngine;
  readonly dns: DnsResolver;
  /** Of clusters with a resolver of their own. */
  readonly createDns: CreateDnsResolver;
  readonly types: TypeRegistry;
  readonly extensions: ExtensionLookup;
  readonly logging: Logging;
  readonly mainStats: MainStats;
  readonly threads: WorkerThreadFactory;
  readonly localInfo: LocalInfo;
  readonly runtimeFiles: RuntimeFiles;
  readonly followableFiles: FollowableFiles;
  hash(message: Message): string;
  encode(message: Message): Uint8Array;
  memory(): AdminMemory;
  /** Files and environment that configuration refers to. */
  readonly resources: ConfigResources;
}
