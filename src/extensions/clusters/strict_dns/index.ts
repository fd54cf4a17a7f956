import type { ClusterConfig } from '../../../common/upstream/cluster-config.ts';
import {
  type EndpointConfig,
  type LocalityEndpoints,
  namedByAddress,
} from '../../../common/upstream/load-assignment.ts';
import { BaseCluster, type ClusterContext, type ClusterExtension } from '../../../main/upstream/base-cluster.ts';
import { DnsRefresh, type DnsResponse } from '../../../main/upstream/dns-refresh.ts';
import { parsedByCluster } from '../../../main/upstream/legacy-type.ts';
import type { ManagedHost } from '../../../main/upstream/managed-host.ts';
import { addressText } from '../../../main/upstream/managed-host.ts';

/** A name of the configuration and the hosts that it stands for. */
interface Target {
  readonly endpoint: EndpointConfig;
  readonly group: LocalityEndpoints;
  hosts: readonly ManagedHost[];
}

/** Every address of every name is a host. */
class StrictDnsCluster extends BaseCluster {
  readonly #targets: readonly Target[];
  readonly #refreshes: readonly DnsRefresh[];

  constructor(config: ClusterConfig, context: ClusterContext) {
    super(config, context);
    this.#targets = config.loadAssignment.localities.flatMap((group) =>
      group.endpoints.map((endpoint) => ({ endpoint: namedByAddress(endpoint), group, hosts: [] })),
    );
    this.#refreshes = this.#targets.map((target) => this.#createRefresh(target));
  }

  protected override start(): void {
    for (const refresh of this.#refreshes) refresh.start();
    // Without a name there is nothing to wait for.
    if (this.#refreshes.length === 0) this.onPreInitComplete();
  }

  protected override stop(): void {
    for (const refresh of this.#refreshes) refresh[Symbol.dispose]();
  }

  #createRefresh(target: Target): DnsRefresh {
    const { dispatcher, dns, stats } = this.context;
    const { address } = target.endpoint;
    return new DnsRefresh(address.kind === 'socket' ? address.host : '', {
      dispatcher,
      dns,
      stats,
      options: this.config.dns,
      emptyIsFailure: false,
      ttlOf: (responses) => Math.min(...responses.map(({ ttlSeconds }) => ttlSeconds)),
      onResolved: (responses) => this.#onResolved(target, responses),
      onAnswer: () => this.onPreInitComplete(),
    });
  }

  #onResolved(target: Target, responses: readonly DnsResponse[]): void {
    const { endpoint, group } = target;
    const port = endpoint.address.kind === 'socket' ? endpoint.address.port : 0;
    const known = new Map(target.hosts.map((host) => [host.addressText, host]));
    const found = new Map<string, ManagedHost>();
    for (const { address } of responses) {
      const at = { kind: 'ip', ip: address.ip, port } as const;
      const text = addressText(at);
      if (found.has(text)) continue;
      const same = known.get(text);
      if (same !== undefined) this.countTransportSocketMatches(endpoint, group, 1);
      const host = same ?? this.createHosts(endpoint, group, [at])[0];
      host?.setFlag('pending_dynamic_removal', false);
      if (host !== undefined) found.set(text, host);
    }
    for (const [text, host] of known) if (!found.has(text) && this.staysWhileHealthy(host)) found.set(text, host);
    const changed = found.size !== known.size || [...found.keys()].some((text) => !known.has(text));
    if (!changed) {
      this.context.stats.updateNoRebuild.inc();
      return;
    }
    target.hosts = [...found.values()];
    // As in Envoy, of this name's hosts alone, and never less than 1.
    this.context.stats.maxHostWeight.set(maxWeight(target));
    const { priority } = group;
    this.setHosts(
      priority,
      this.#targets.flatMap((each) => (each.group.priority === priority ? each.hosts : [])),
    );
  }
}

function maxWeight({ hosts, endpoint }: Target): number {
  return hosts.length === 0 ? 1 : endpoint.weight;
}

export const strictDnsCluster: ClusterExtension = {
  ...parsedByCluster('envoy.cluster.strict_dns', 'STRICT_DNS'),
  createCluster: (config, context) => new StrictDnsCluster(config, context),
};
