/** One subset: hosts of a cluster that have the same metadata. */
import type {
  Host,
  LoadBalancer,
  LoadBalancerContext,
  LoadBalancerContextOfCluster,
  PrioritySet,
} from '../../../sdk/upstream.ts';
import type { SubsetLocalityWeights } from '../upstream/subset-config.ts';
import { SubsetHosts } from './subset-hosts.ts';

export type CreateBalancer = (context: LoadBalancerContextOfCluster) => LoadBalancer & Disposable;

export interface Subset extends Disposable {
  readonly isEmpty: boolean;
  chooseHost(context: LoadBalancerContext | undefined): Host | undefined;
  /** @param members in the cluster's order */
  update(members: ReadonlySet<Host>): void;
}

/** Its hosts are chosen from as the cluster's are: by the cluster's policy. */
export class BalancedSubset implements Subset {
  readonly #hosts: SubsetHosts;
  readonly #balancer: LoadBalancer & Disposable;

  constructor(
    context: LoadBalancerContextOfCluster,
    weights: SubsetLocalityWeights,
    create: CreateBalancer,
    members: ReadonlySet<Host>,
  ) {
    this.#hosts = new SubsetHosts(context.prioritySet, members, weights);
    const prioritySet: PrioritySet = this.#hosts;
    this.#balancer = create({ ...context, prioritySet });
  }

  get isEmpty(): boolean {
    return this.#hosts.isEmpty;
  }

  chooseHost(context: LoadBalancerContext | undefined): Host | undefined {
    return this.#balancer.chooseHost(context);
  }

  update(members: ReadonlySet<Host>): void {
    this.#hosts.update(members);
  }

  [Symbol.dispose](): void {
    this.#balancer[Symbol.dispose]();
  }
}

/** One host, whatever its health: the first one of the first priority that has any (`single_host_per_subset`). */
export class SingleHostSubset implements Subset {
  #host: Host | undefined;

  constructor(members: ReadonlySet<Host>) {
    this.update(members);
  }

  get isEmpty(): boolean {
    return this.#host === undefined;
  }

  chooseHost(): Host | undefined {
    return this.#host;
  }

  update(members: ReadonlySet<Host>): void {
    [this.#host] = [...members].sort((a, b) => a.priority - b.priority);
  }

  [Symbol.dispose](): void {}
}
