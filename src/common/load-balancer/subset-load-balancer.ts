import type { Host, LoadBalancer, LoadBalancerContext, LoadBalancerContextOfCluster } from '../../../sdk/upstream.ts';
import type { SubsetConfig, SubsetFallback, SubsetSelector } from '../upstream/subset-config.ts';
import { BalancedSubset, type CreateBalancer, SingleHostSubset, type Subset } from './subset.ts';
import { type Criteria, SubsetContext } from './subset-context.ts';
import { hasMetadata, keyOfCriteria, membershipsOf } from './subset-keys.ts';
import { type SubsetStats, subsetStats } from './subset-stats.ts';

/** What a route asks for, one after the other, in place of some of the rest (`metadata_fallback_policy`). */
const FALLBACK_LIST = 'fallback_list';

/** Hosts that have what a selector's keys are, in the cluster's order. */
interface Members {
  readonly isSingle: boolean;
  readonly hosts: Set<Host>;
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
  /** What requests fall back to; undefined where none does. */
  readonly #any: Subset | undefined;
  readonly #default: Subset | undefined;

  constructor(context: LoadBalancerContextOfCluster, config: SubsetConfig, createBalancer: CreateBalancer) {
    this.#context = context;
    this.#config = config;
    this.#create = createBalancer;
    this.#stats = subsetStats(context);
    const { prioritySet } = context;
    // Before those of the balancers inside: they look at hosts that are sorted here.
    this.#subscription = prioritySet.addUpdateCallback((priority) => {
      if (priority === prioritySet.hostSets.length - 1) this.#refresh();
    });
    const fallbacks = new Set([config.fallback, ...config.selectors.map(({ fallback }) => fallback)]);
    const create = (isWanted: boolean) => (isWanted ? this.#createSubset(new Set()) : undefined);
    this.#any = create(fallbacks.has('any') || config.panicModeAny);
    this.#default = create(fallbacks.has('default'));
    this.#refresh();
  }

  chooseHost(context: LoadBalancerContext | undefined): Host | undefined {
    const criteria = context?.metadataMatch;
    if (context === undefined || !this.#config.triesFallbackList || criteria?.has(FALLBACK_LIST) !== true) {
      return this.#choose(context);
    }
    return this.#chooseByList(context, criteria);
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
    for (const subset of [...this.#subsets.values(), this.#default, this.#any]) subset?.[Symbol.dispose]();
  }

  #chooseByList(context: LoadBalancerContext, criteria: Criteria): Host | undefined {
    const rest = new Map([...criteria].filter(([key]) => key !== FALLBACK_LIST));
    const list = criteria.get(FALLBACK_LIST);
    if (!Array.isArray(list) || list.length === 0) return this.#choose(new SubsetContext(context, rest));
    for (const each of list as readonly unknown[]) {
      const host = this.#choose(new SubsetContext(context, new Map([...rest, ...fieldsOf(each)])));
      if (host !== undefined) return host;
    }
    return undefined;
  }

  #choose(context: LoadBalancerContext | undefined): Host | undefined {
    if (context?.metadataMatch === undefined) return this.#chooseFallback(context);
    const wished = this.#withoutRedundant(context, context.metadataMatch);
    const criteria = wished.metadataMatch as Criteria;
    const subset = this.#subsets.get(keyOfCriteria(criteria));
    if (subset !== undefined && !subset.isEmpty) {
      this.#stats.selected.inc();
      return subset.chooseHost(wished);
    }
    const selector = this.#selectorOf(criteria);
    if (selector?.fallback === undefined) return this.#chooseFallback(context);
    return this.#chooseBySelector(selector, wished, criteria);
  }

  #chooseBySelector(
    { fallback, fallbackKeys }: SubsetSelector,
    context: LoadBalancerContext,
    criteria: Criteria,
  ): Host | undefined {
    if (fallback !== 'keys') return this.#subsetOf(fallback ?? 'none')?.chooseHost(context);
    return this.#choose(new SubsetContext(context, only(fallbackKeys, criteria)));
  }

  #chooseFallback(context: LoadBalancerContext | undefined): Host | undefined {
    const subset = this.#subsetOf(this.#config.fallback);
    if (subset === undefined) return undefined;
    const host = subset.chooseHost(context);
    if (host !== undefined) {
      this.#stats.fallback.inc();
      return host;
    }
    const anyHost = this.#config.panicModeAny ? this.#any?.chooseHost(context) : undefined;
    if (anyHost !== undefined) this.#stats.fallbackPanic.inc();
    return anyHost;
  }

  #subsetOf(fallback: SubsetFallback): Subset | undefined {
    if (fallback === 'none') return undefined;
    return fallback === 'any' ? this.#any : this.#default;
  }

  /** A request that asks for the keys of the first selector whose keys are among those that it asks for. */
  #withoutRedundant(context: LoadBalancerContext, criteria: Criteria): LoadBalancerContext {
    if (!this.#config.allowsRedundantKeys) return context;
    const selector = this.#config.selectors.find(({ keys }) => keys.every((key) => criteria.has(key)));
    return selector === undefined ? context : new SubsetContext(context, only(selector.keys, criteria));
  }

  /** That of exactly these keys. */
  #selectorOf(criteria: Criteria): SubsetSelector | undefined {
    return this.#config.selectors.find(
      ({ keys }) => keys.length === criteria.size && keys.every((key) => criteria.has(key)),
    );
  }

  /** Sorts all hosts anew. */
  #refresh(): void {
    const { listAsAny, defaultSubset } = this.#config;
    const members = new Map<string, Members>();
    const all = new Set<Host>();
    const defaults = new Set<Host>();
    for (const { hosts } of this.#context.prioritySet.hostSets) {
      for (const host of hosts) {
        all.add(host);
        if (hasMetadata(host, defaultSubset, listAsAny)) defaults.add(host);
      }
      // As in Envoy, the last priority tells of its own.
      this.#stats.setDuplicates(this.#sort(hosts, members));
    }
    this.#any?.update(all);
    this.#default?.update(defaults);
    for (const [key, found] of members) this.#put(key, found);
    for (const [key, subset] of this.#subsets) if (!members.has(key)) this.#empty(subset);
  }

  /** Hosts of one priority; tells how many are one too many in a subset of one. */
  #sort(hosts: readonly Host[], members: Map<string, Members>): number {
    const { selectors, listAsAny } = this.#config;
    const taken = new Set<string>();
    let duplicates = 0;
    for (const host of hosts) {
      for (const { key, selector } of membershipsOf(host, selectors, listAsAny)) {
        const found = members.get(key) ?? { isSingle: selector.singleHost, hosts: new Set() };
        members.set(key, found);
        if (found.isSingle && taken.has(key)) duplicates++;
        else found.hosts.add(host);
        taken.add(key);
      }
    }
    return duplicates;
  }

  #put(key: string, { isSingle, hosts }: Members): void {
    const known = this.#subsets.get(key);
    if (known === undefined) {
      this.#subsets.set(key, isSingle ? new SingleHostSubset(hosts) : this.#createSubset(hosts));
      this.#stats.create();
      return;
    }
    if (known.isEmpty) this.#stats.create();
    known.update(hosts);
  }

  #empty(subset: Subset): void {
    if (subset.isEmpty) return;
    subset.update(new Set());
    this.#stats.remove();
  }

  #createSubset(members: ReadonlySet<Host>): Subset {
    return new BalancedSubset(this.#context, this.#config.localityWeights, this.#create, members);
  }
}

function only(keys: readonly string[], criteria: Criteria): Criteria {
  return new Map([...criteria].filter(([key]) => keys.includes(key)));
}

function fieldsOf(value: unknown): readonly [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}
