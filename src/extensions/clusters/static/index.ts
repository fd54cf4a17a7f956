import { IpAddress } from '../../../common/network/address.ts';
import type { EndpointAddress } from '../../../common/upstream/load-assignment.ts';
import type { ClusterExtension } from '../../../main/upstream/base-cluster.ts';
import { BaseCluster } from '../../../main/upstream/base-cluster.ts';
import { parsedByCluster } from '../../../main/upstream/legacy-type.ts';
import type { HostAddress, ManagedHost } from '../../../main/upstream/managed-host.ts';

/** The hosts that the configuration lists. */
class StaticCluster extends BaseCluster {
  protected override start(): void {
    const byPriority: ManagedHost[][] = [];
    for (const group of this.config.loadAssignment.localities) {
      const hosts = byPriority[group.priority] ?? [];
      byPriority[group.priority] = hosts;
      for (const endpoint of group.endpoints) {
        for (const host of this.createHosts(endpoint, group, [addressOf(endpoint.address)])) {
          host.otherAddresses = endpoint.additionalAddresses.map(addressOf);
          hosts.push(host);
        }
      }
    }
    for (let priority = 0; priority < byPriority.length; priority++) {
      this.setHosts(priority, byPriority[priority] ?? []);
    }
    this.onPreInitComplete();
  }

  protected override stop(): void {}
}

/** The configuration was checked: what is no path is an IP address. */
function addressOf(address: EndpointAddress): HostAddress {
  if (address.kind === 'pipe') return address;
  return { kind: 'ip', ip: IpAddress.parse(address.host, address.port)?.ip ?? address.host, port: address.port };
}

export const staticCluster: ClusterExtension = {
  ...parsedByCluster('envoy.cluster.static', 'STATIC'),
  createCluster: (config, context) => new StaticCluster(config, context),
};
