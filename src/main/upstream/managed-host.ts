import type { Struct } from '../../../sdk/stream-info.ts';
import type { HostHealth, Locality } from '../../../sdk/upstream.ts';
import type { HostStatsPlace } from '../../common/upstream/host-stats.ts';
import type { EndpointConfig, EndpointHealth, LocalityEndpoints } from '../../common/upstream/load-assignment.ts';
import type { HostAddress, HostSnapshot } from '../../snapshot/hosts.ts';

export type { HostAddress };

/** A host as main knows it. It stays the same object, with the same id, as long as its address is found again. */
export class ManagedHost {
  readonly id: number;
  readonly address: HostAddress;
  readonly hostname: string;
  readonly locality: Locality;
  readonly localityWeight: number;
  readonly edsHealth: EndpointHealth;
  readonly metadata: ReadonlyMap<string, Struct>;
  readonly localityMetadata: ReadonlyMap<string, Struct>;
  readonly stats: HostStatsPlace;
  readonly weight: number;

  /** @param group the endpoints among which it is configured */
  constructor(
    id: number,
    address: HostAddress,
    endpoint: EndpointConfig,
    group: LocalityEndpoints,
    stats: HostStatsPlace,
  ) {
    this.id = id;
    this.address = address;
    this.locality = group.locality;
    this.localityWeight = group.weight ?? 0;
    this.stats = stats;
    this.hostname = endpoint.hostname;
    this.edsHealth = endpoint.health;
    this.metadata = endpoint.metadata;
    this.localityMetadata = group.metadata;
    this.weight = endpoint.weight;
  }

  get addressText(): string {
    return addressText(this.address);
  }

  get health(): HostHealth {
    if (this.edsHealth === 'HEALTHY') return 'Healthy';
    return this.edsHealth === 'DEGRADED' ? 'Degraded' : 'Unhealthy';
  }

  /** Left out when the health of its priority is weighed. */
  get excluded(): boolean {
    return this.edsHealth === 'DRAINING';
  }

  get canary(): boolean {
    return this.metadata.get('envoy.lb')?.canary === true;
  }

  snapshot(): HostSnapshot {
    const { id, address, hostname, weight, health, excluded, locality, localityWeight, stats } = this;
    const { metadata, localityMetadata, canary } = this;
    const place = { locality, localityWeight, localityMetadata };
    return { id, address, hostname, weight, health, excluded, ...place, metadata, canary, stats };
  }
}

/** Envoy's text of an address. */
export function addressText(address: HostAddress): string {
  if (address.kind === 'pipe') return address.path;
  return address.ip.includes(':') ? `[${address.ip}]:${address.port}` : `${address.ip}:${address.port}`;
}
