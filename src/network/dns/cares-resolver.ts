import { Resolver } from 'node:dns';
import { networkInterfaces } from 'node:os';
import type { Dispatcher } from '../../../sdk/event.ts';
import { IpAddress } from '../../common/network/address.ts';
import type { DnsResolverConfig } from '../../common/upstream/dns-resolver-config.ts';
import type { DnsStats } from './dns-stats.ts';
import { fileOnDisk, HostsFile } from './hosts-file.ts';
import { type IpVersion, lookupName, type NameSources } from './name-lookup.ts';
import { BAD_NAME, type RecordsAnswer } from './records.ts';
import type { ActiveDnsQuery, DnsLookupFamily, DnsResolver, DnsResult } from './resolver.ts';
import { parseResolvConf } from './search-domains.ts';

export type CaresResolverOptions = Partial<DnsResolverConfig>;

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

/** Resolves over the runtime's c-ares, with what that leaves out: hosts file, search domains, families. */
export class CaresDnsResolver implements DnsResolver {
  readonly #dispatcher: Dispatcher;
  readonly #options: CaresResolverOptions;
  readonly #sources: NameSources;
  #resolver: Resolver;
  #disposed = false;

  constructor(
    dispatcher: Dispatcher,
    options: CaresResolverOptions = {},
    { files = systemFiles, stats }: DnsResolverWorld = {},
  ) {
    this.#dispatcher = dispatcher;
    this.#options = options;
    this.#resolver = this.#createResolver();
    this.#sources = {
      hosts: new HostsFile(fileOnDisk(files.hosts)),
      search: options.noDefaultSearchDomain === true ? { domains: [], ndots: 1 } : readSearch(files.resolvConf),
      ...(stats !== undefined && { stats }),
      query: (name, version, callback) => this.#query(name, version, callback),
      isRoutable: (version) => options.filterUnroutableFamilies !== true || hasInterface(version),
    };
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
    this.#resolver.cancel();
  }

  #createResolver(): Resolver {
    const { queryTimeoutMs, queryTries, servers = [], useServersAsFallback } = this.#options;
    const resolver = new Resolver({
      ...(queryTimeoutMs === undefined ? {} : { timeout: queryTimeoutMs }),
      ...(queryTries === undefined ? {} : { tries: queryTries }),
    });
    const known = resolver.getServers();
    const hasSystemServers = known.length > 0 && !(known.length === 1 && known[0] === defaultServer);
    if (servers.length > 0 && !(useServersAsFallback === true && hasSystemServers)) {
      resolver.setServers(servers.map(({ asString, ip, port }) => (port === 0 ? ip : asString)));
    }
    return resolver;
  }

  #query(name: string, version: IpVersion, callback: (answer: RecordsAnswer) => void): void {
    const onRecords = (
      error: NodeJS.ErrnoException | null,
      found: readonly { address: string; ttl: number }[],
    ): void => {
      if (error === null) {
        callback({
          records: found.map(({ address, ttl }) => ({ address: new IpAddress(address, 0), ttlSeconds: ttl })),
        });
        return;
      }
      const code = error.code ?? 'EBADRESP';
      if (code === 'ECONNREFUSED' || (code === 'ETIMEOUT' && this.#options.reinitOnTimeout === true)) {
        this.#resolver = this.#createResolver();
      }
      callback({ records: [], code });
    };
    try {
      if (version === 4) this.#resolver.resolve4(name, { ttl: true }, onRecords);
      else this.#resolver.resolve6(name, { ttl: true }, onRecords);
    } catch {
      callback({ records: [], code: BAD_NAME });
    }
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
