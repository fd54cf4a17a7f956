import { networkInterfaces } from 'node:os';
import type { Dispatcher, Timer } from '../../../sdk/event.ts';
import type { CaresResolverConfig } from '../../common/upstream/dns-resolver-config.ts';
import { CaresQueries, systemServers } from './cares-query.ts';
import { type DnsStats, serverFailed } from './dns-stats.ts';
import { fileOnDisk, HostsFile } from './hosts-file.ts';
import { type IpVersion, lookupName, type NameSources } from './name-lookup.ts';
import { DEFAULT_TIMEOUT_MS, DEFAULT_TRIES, NameServers } from './name-servers.ts';
import type { RecordsAnswer } from './records.ts';
import type { ActiveDnsQuery, DnsLookupFamily, DnsResolver, DnsResult } from './resolver.ts';
import { parseResolvConf } from './search-domains.ts';

export type CaresResolverOptions = Partial<CaresResolverConfig>;

export interface DnsResolverWorld {
  readonly files?: SystemFiles;
  readonly stats?: DnsStats;
}

export interface SystemFiles {
  readonly hosts: string;
  readonly resolvConf: string;
}

const systemFiles: SystemFiles = { hosts: '/etc/hosts', resolvConf: '/etc/resolv.conf' };

/** c-ares's own default when the system has no configuration. */
const defaultServer = '127.0.0.1';

/** Resolves over the runtime's c-ares, with what that leaves out: hosts file, search domains, families, further tries. */
export class CaresDnsResolver implements DnsResolver {
  readonly #dispatcher: Dispatcher;
  readonly #options: CaresResolverOptions;
  readonly #sources: NameSources;
  readonly #queries: CaresQueries;
  readonly #refresh: Timer | undefined;
  #servers: NameServers;
  #disposed = false;

  constructor(
    dispatcher: Dispatcher,
    options: CaresResolverOptions = {},
    { files = systemFiles, stats }: DnsResolverWorld = {},
  ) {
    this.#dispatcher = dispatcher;
    this.#options = options;
    this.#queries = new CaresQueries(dispatcher, options.udpMaxQueries);
    this.#servers = this.#createServers();
    this.#sources = {
      hosts: new HostsFile(fileOnDisk(files.hosts)),
      search: options.noDefaultSearchDomain === true ? { domains: [], ndots: 1 } : readSearch(files.resolvConf),
      ...(stats !== undefined && { stats }),
      query: (name, version, callback) => this.#servers.query({ name, version }, callback),
      isRoutable: (version) => options.filterUnroutableFamilies !== true || hasInterface(version),
      onAnswers: (answers) => {
        if (!answers.some((answer) => this.#callsForReinit(answer))) return;
        stats?.onReinit();
        this.#reinit();
      },
    };
    this.#refresh = this.#startRefresh(stats);
  }

  resolve(name: string, family: DnsLookupFamily, callback: (result: DnsResult) => void): ActiveDnsQuery {
    let cancelled = false;
    lookupName(this.#sources, name, family, (result) => {
      this.#dispatcher.post(() => {
        if (!cancelled && !this.#disposed) callback(result);
      });
    });
    return {
      cancel: () => {
        cancelled = true;
      },
    };
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#refresh?.[Symbol.dispose]();
    this.#queries[Symbol.dispose]();
  }

  /** Fresh sockets from time to time, and the system's configuration as it is then. */
  #startRefresh(stats: DnsStats | undefined): Timer | undefined {
    const { maxChannelMs } = this.#options;
    if (maxChannelMs === undefined) return undefined;
    const timer = this.#dispatcher.createTimer(() => {
      stats?.onReinit();
      this.#queries.renew();
      this.#reinit();
      timer.enableTimer(maxChannelMs);
    });
    timer.enableTimer(maxChannelMs);
    return timer;
  }

  #callsForReinit(answer: RecordsAnswer): boolean {
    if (serverFailed(answer)) return true;
    return this.#options.reinitOnTimeout === true && 'code' in answer && answer.code === 'ETIMEOUT';
  }

  /** The system's configuration may have changed; servers that are still there keep what is known of them. */
  #reinit(): void {
    const servers = this.#createServers();
    if (servers.addresses.join() !== this.#servers.addresses.join()) this.#servers = servers;
  }

  #createServers(): NameServers {
    const { queryTimeoutMs = DEFAULT_TIMEOUT_MS, queryTries = DEFAULT_TRIES, rotateServers = false } = this.#options;
    const { random, timeSource } = this.#dispatcher;
    const parts = {
      ask: this.#queries.ask,
      timeoutMs: queryTimeoutMs,
      tries: queryTries,
      rotate: rotateServers,
      random,
      timeSource,
    };
    return new NameServers(this.#chooseServers(), parts);
  }

  #chooseServers(): readonly string[] {
    const { servers = [], useServersAsFallback } = this.#options;
    const known = systemServers();
    const hasSystemServers = known.length > 0 && !(known.length === 1 && known[0] === defaultServer);
    if (servers.length > 0 && !(useServersAsFallback === true && hasSystemServers))
      return servers.map(({ asString, ip, port }) => (port === 0 ? ip : asString));
    return hasSystemServers ? known : [defaultServer];
  }
}

function readSearch(path: string): ReturnType<typeof parseResolvConf> {
  const file = fileOnDisk(path);
  return parseResolvConf(file.version() === undefined ? '' : file.read());
}

function hasInterface(version: IpVersion): boolean {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .some((address) => !address.internal && address.family === `IPv${version}`);
}
