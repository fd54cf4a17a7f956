import type { ClusterConfig } from '../../../common/upstream/cluster-config.ts';
import { namedByAddress } from '../../../common/upstream/load-assignment.ts';
import { BaseCluster, type ClusterContext, type ClusterExtension } from '../../../main/upstream/base-cluster.ts';
import { DnsRefresh, type DnsResponse } from '../../../main/upstream/dns-refresh.ts';
import { parsedByCluster } from '../../../main/upstream/legacy-type.ts';

/**
 * One host, at the first address that its name points to, or another one where that does not answer. Other addresses make another host, as in Envoy since it finds both
 * kinds of DNS clusters by one piece of code: connections to the old one end when they have nothing more to do.
 */
class LogicalDnsCluster extends BaseCluster {
  readonly #refresh: DnsRefresh;
  /** All addresses that the host stands for. */
  #addresses = '';

  constructor(config: ClusterConfig, context: ClusterContext) {
    super(config, context);
    const { dispatcher, dns, stats } = context;
    const address = this.#endpoint?.address;
    this.#refresh = new DnsRefresh(address?.kind === 'socket' ? address.host : '', {
      dispatcher,
      dns,
      stats,
      options: config.dns,
      emptyIsFailure: true,
      ttlOf: ([first]) => first?.ttlSeconds ?? 0,
      onResolved: (responses) => this.#onResolved(responses),
      onAnswer: () => this.onPreInitComplete(),
    });
  }

  protected override start(): void {
    this.#refresh.start();
  }

  protected override stop(): void {
    this.#refresh[Symbol.dispose]();
  }

  get #endpoint() {
    return this.config.loadAssignment.localities[0]?.endpoints[0];
  }

  #onResolved(responses: readonly DnsResponse[]): void {
    const [group] = this.config.loadAssignment.localities;
    const endpoint = this.#endpoint;
    if (responses.length === 0 || group === undefined || endpoint === undefined) return;
    const port = endpoint.address.kind === 'socket' ? endpoint.address.port : 0;
    const list = responses.map(({ address }) => ({ kind: 'ip', ip: address.ip, port }) as const);
    const addresses = list.map(({ ip }) => ip).join();
    if (this.#addresses === addresses) {
      this.countTransportSocketMatches(endpoint, group, 1);
      return this.context.stats.updateNoRebuild.inc();
    }
    this.#addresses = addresses;
    const hosts = this.createHosts(namedByAddress(endpoint), group, list.slice(0, 1));
    for (const host of hosts) host.otherAddresses = list.slice(1);
    this.setHosts(group.priority, hosts);
  }
}

export const logicalDnsCluster: ClusterExtension = {
  ...parsedByCluster('envoy.cluster.logical_dns', 'LOGICAL_DNS'),
  createCluster: (config, context) => new LogicalDnsCluster(config, context),
};
