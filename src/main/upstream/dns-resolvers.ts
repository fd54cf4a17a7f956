import type { DnsResolverConfig } from '../../common/upstream/dns-resolver-config.ts';
import type { DnsResolver } from '../../network/dns/resolver.ts';

export type CreateDnsResolver = (config: DnsResolverConfig) => DnsResolver;

/** The server's resolver, and those of clusters that want others: one for clusters that want the same. */
export class DnsResolvers implements Disposable {
  readonly #usual: DnsResolver;
  readonly #create: CreateDnsResolver;
  readonly #others = new Map<string, DnsResolver>();

  constructor(usual: DnsResolver, create: CreateDnsResolver) {
    this.#usual = usual;
    this.#create = create;
  }

  /** @param config of a cluster; undefined: it has none */
  for(config: DnsResolverConfig | undefined): DnsResolver {
    if (config === undefined) return this.#usual;
    const servers = config.kind === 'cares' ? config.servers.map(({ asString }) => asString) : [];
    const key = JSON.stringify({ ...config, servers });
    const resolver = this.#others.get(key) ?? this.#create(config);
    this.#others.set(key, resolver);
    return resolver;
  }

  [Symbol.dispose](): void {
    for (const resolver of this.#others.values()) resolver[Symbol.dispose]();
    this.#others.clear();
  }
}
