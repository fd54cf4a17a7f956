import type {
  Host,
  LoadBalancer,
  LoadBalancerContext,
  LoadBalancerContextOfCluster,
  PrioritySet,
} from '../../../sdk/upstream.ts';
import type { SubsetConfig, SubsetFallback, SubsetSelector } from '../upstream/subset-config.ts';
import { SubsetHosts } from './subset-hosts.ts';
import { hasMetadata, keyOfCriteria, subsetKeysOf } from './subset-keys.ts';
import { type SubsetStats, subsetStats } from './subset-stats.ts';

type CreateBalancer = (context: LoadBalancerContextOfCluster) => LoadBalancer & Disposable;

interface Subset {
  readonly hosts: SubsetHosts;
  readonly balancer: LoadBalancer & Disposable;
}

/**
 * Chooses among the hosts that have the metadata which a route asks for (Envoy's SubsetLoadBalancer): a balancer of the
 * cluster's policy for every combination of values of the configured keys that some host has.
 */
export class SubsetLoadBalancer implements LoadBalancer, Disposable {
  readonly #context: LoadBalancerContextOfCluster;
  readonly #config: SubsetConfig;
  readonly #create: CreateBalancer;
  readonly #stats: SubsetStats;
  readonly #subscription: Disposable;
  /** By what keyOfCriteria makes of a route's wishes; those that have lost their hosts too. */
  readonly #subsets = new Map<string, Subset>();
  readonly #any: LoadBalancer & Disposable;
  readonly #default: Subset;

  constructor(context: LoadBalancerContextOfCluster, config: SubsetConfig, create: CreateBalancer) {
    this.#context = context;
    this.#config = config;
    this.#create = create;
    this.#stats = subsetStats(context);
    const { prioritySet } = context;
    // Before those of the balancers inside: they look at hosts that are sorted here.
    this.#subscription = prioritySet.addUpdateCallback((priority) => {
      if (priority === prioritySet.hostSets.length - 1) this.#refresh();
    });
    this.#any = create(context);
    this.#default = this.#createSubset(new Set());
    this.#refresh();
  }

  chooseHost(context: LoadBalancerContext | undefined): Host | undefined {
    return this.#choose(context, context?.metadataMatch);
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    for (const { balancer } of [...this.#subsets.values(), this.#default]) balancer[Symbol.dispose]();
    this.#any[Symbol.dispose]();
  }

  #choose(
    context: LoadBalancerContext | undefined,
    criteria: ReadonlyMap<string, unknown> | undefined,
  ): Host | undefined {
    if (criteria !== undefined) {
      const subset = this.#subsets.get(keyOfCriteria(criteria));
      if (subset !== undefined && !subset.hosts.isEmpty) {
        this.#stats.selected.inc();
        return subset.balancer.chooseHost(context);
      }
      const selector = this.#selectorOf(criteria);
      if (selector?.fallback !== undefined) return this.#chooseBySelector(selector, context, criteria);
    }
    return this.#chooseFallback(context);
  }

  #chooseBySelector(
    { fallback, fallbackKeys }: SubsetSelector,
    context: LoadBalancerContext | undefined,
    criteria: ReadonlyMap<string, unknown>,
  ): Host | undefined {
    if (fallback !== 'keys') return this.#balancerOf(fallback ?? 'none')?.chooseHost(context);
    const fewer = new Map([...criteria].filter(([key]) => fallbackKeys.includes(key)));
    return this.#choose(context, fewer);
  }

  #chooseFallback(context: LoadBalancerContext | undefined): Host | undefined {
    const balancer = this.#balancerOf(this.#config.fallback);
    if (balancer === undefined) return undefined;
    const host = balancer.chooseHost(context);
    if (host !== undefined) {
      this.#stats.fallback.inc();
      return host;
    }
    const anyHost = this.#config.panicModeAny ? this.#any.chooseHost(context) : undefined;
    if (anyHost !== undefined) this.#stats.fallbackPanic.inc();
    return anyHost;
  }

  #balancerOf(fallback: SubsetFallback): LoadBalancer | undefined {
    if (fallback === 'none') return undefined;
    return fallback === 'any' ? this.#any : this.#default.balancer;
  }

  /** That of exactly these keys. */
  #selectorOf(criteria: ReadonlyMap<string, unknown>): SubsetSelector | undefined {
    return this.#config.selectors.find(
      ({ keys }) => keys.length === criteria.size && keys.every((key) => criteria.has(key)),
    );
  }

  /** Sorts all hosts anew. */
  #refresh(): void {
    const { selectors, listAsAny, defaultSubset } = this.#config;
    const members = new Map<string, Set<Host>>();
    const defaults = new Set<Host>();
    for (const host of this.#context.prioritySet.hostSets.flatMap(({ hosts }) => hosts)) {
      for (const key of subsetKeysOf(host, selectors, listAsAny)) {
        const hosts = members.get(key) ?? new Set();
        members.set(key, hosts.add(host));
      }
      if (hasMetadata(host, defaultSubset, listAsAny)) defaults.add(host);
    }
    this.#default.hosts.update(defaults);
    for (const [key, hosts] of members) this.#put(key, hosts);
    for (const [key, { hosts }] of this.#subsets) if (!members.has(key)) this.#empty(hosts);
  }

  #put(key: string, members: ReadonlySet<Host>): void {
    const known = this.#subsets.get(key);
    if (known === undefined) {
      this.#subsets.set(key, this.#createSubset(members));
      this.#stats.create();
      return;
    }
    if (known.hosts.isEmpty) this.#stats.create();
    known.hosts.update(members);
  }

  #empty(hosts: SubsetHosts): void {
    if (hosts.isEmpty) return;
    hosts.update(new Set());
    this.#stats.remove();
  }

  #createSubset(members: ReadonlySet<Host>): Subset {
    const hosts = new SubsetHosts(this.#context.prioritySet, members);
    const prioritySet: PrioritySet = hosts;
    return { hosts, balancer: this.#create({ ...this.#context, prioritySet }) };
  }
}
