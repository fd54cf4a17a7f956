import type { Random } from '../../../sdk/event.ts';
import type { HashPolicy } from '../../../sdk/router.ts';
import type {
  Host,
  HostSet,
  LoadBalancer,
  LoadBalancerContext,
  LoadBalancerContextOfCluster,
} from '../../../sdk/upstream.ts';
import { RequestHeaders } from '../headers/header-map.ts';
import { BoundedLoadTable } from './bounded-load.ts';
import { normalizedWeights, type WeightedHost } from './hash-weights.ts';
import type { HashingOptions } from './hashing-config.ts';
import { choosePriority, type PriorityState, panicThresholdOf, priorityStateOf } from './priority-load.ts';

/** Hosts of a priority by hash. */
export interface HashTable {
  /** @param attempt above 0: those before were not wanted */
  chooseHost(hash: bigint, attempt: number): Host | undefined;
}

/** Balancers that send what hashes alike to the same host (Envoy's ThreadAwareLoadBalancerBase). */
export abstract class HashingLoadBalancer implements LoadBalancer, Disposable {
  protected readonly context: LoadBalancerContextOfCluster;
  readonly #options: HashingOptions;
  readonly #subscription: Disposable;
  #state: PriorityState = { load: { healthy: [100], degraded: [0] }, panic: [false] };
  #tables: readonly HashTable[] = [];

  constructor(context: LoadBalancerContextOfCluster, options: HashingOptions) {
    this.context = context;
    this.#options = options;
    const { prioritySet } = context;
    // A change of several priorities is told one by one, when all of it is there already.
    this.#subscription = prioritySet.addUpdateCallback((priority) => {
      if (priority === prioritySet.hostSets.length - 1) this.refresh();
    });
  }

  /** To be called once by the subclass, when it can make tables. */
  protected refresh(): void {
    const { hostSets } = this.context.prioritySet;
    this.#state = priorityStateOf(hostSets, panicThresholdOf(this.context));
    this.#tables = hostSets.map((hostSet, priority) => this.#tableOf(hostSet, priority));
  }

  /** @param hosts at least one, with shares that sum to 1 */
  protected abstract createTable(hosts: readonly WeightedHost[]): HashTable;

  chooseHost(context: LoadBalancerContext | undefined): Host | undefined {
    const hash = this.#hashOf(context) ?? randomHash(this.context.random);
    const { priority } = choosePriority(Number(hash % 100n), this.#state.load);
    if (this.#state.panic[priority] === true) this.context.stats.lbHealthyPanic.inc();
    const table = this.#tables[priority] ?? NO_HOSTS;
    const attempts = context === undefined ? 1 : context.hostSelectionRetryCount + 1;
    let host: Host | undefined;
    for (let attempt = 0; attempt < attempts; attempt++) {
      host = table.chooseHost(hash, attempt);
      if (host === undefined || context?.shouldSelectAnotherHost(host) !== true) return host;
    }
    return host;
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }

  #tableOf(hostSet: HostSet, priority: number): HashTable {
    const { byLocality, balanceFactor } = this.#options;
    const hosts = normalizedWeights(hostSet, this.#state.panic[priority] === true, byLocality);
    if (hosts.length === 0) return NO_HOSTS;
    const table = this.createTable(hosts);
    return balanceFactor === 0 ? table : new BoundedLoadTable(table, hosts, balanceFactor);
  }

  #hashOf(context: LoadBalancerContext | undefined): bigint | undefined {
    const { hashPolicy } = this.#options;
    if (context === undefined || hashPolicy === undefined) return context?.computeHashKey();
    return hashByPolicy(hashPolicy, context);
  }
}

/** All 64 bits count, for places on a ring are among all of them. */
function randomHash(random: Random): bigint {
  return (BigInt(random.random() >>> 0) << 32n) | BigInt(random.random() >>> 0);
}

const NO_HOSTS: HashTable = { chooseHost: () => undefined };

function hashByPolicy(policy: HashPolicy, context: LoadBalancerContext): bigint | undefined {
  const { downstreamHeaders: headers = new RequestHeaders(), requestStreamInfo: streamInfo } = context;
  if (streamInfo === undefined) return undefined;
  const addSetCookie = context.addSetCookie === undefined ? undefined : (line: string) => context.addSetCookie?.(line);
  return policy.generateHash({ headers, streamInfo, ...(addSetCookie && { addSetCookie }) });
}
