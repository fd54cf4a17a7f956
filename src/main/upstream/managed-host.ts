import type { Struct } from '../../../sdk/stream-info.ts';
import type { HostHealth, Locality } from '../../../sdk/upstream.ts';
import { IpAddress } from '../../common/network/address.ts';
import type { HostStatsPlace } from '../../common/upstream/host-stats.ts';
import type {
  EndpointConfig,
  EndpointHealth,
  EndpointHealthCheck,
  LocalityEndpoints,
} from '../../common/upstream/load-assignment.ts';
import type { OutlierCountsPlace } from '../../common/upstream/outlier-counts.ts';
import type { HostAddress, HostSnapshot } from '../../snapshot/hosts.ts';
import type { HostHealthFlag } from '../admin/admin-context.ts';

export type { HostAddress, HostSnapshot };

/** A host as main knows it. It stays the same object, with the same id, as long as its address is found again. */
export class ManagedHost {
  readonly id: number;
  readonly address: HostAddress;
  /** Further ones of the same host. */
  otherAddresses: readonly HostAddress[] = [];
  readonly hostname: string;
  /** What its own statistics are named by; '' = its address. */
  readonly observabilityName: string;
  readonly locality: Locality;
  readonly localityWeight: number;
  readonly edsHealth: EndpointHealth;
  readonly metadata: ReadonlyMap<string, Struct>;
  readonly localityMetadata: ReadonlyMap<string, Struct>;
  readonly stats: HostStatsPlace;
  readonly weight: number;
  readonly healthCheck: EndpointHealthCheck;
  readonly outlierCounts: OutlierCountsPlace | undefined;
  /** By their place in FLAGS. */
  #flags: number;

  /** @param group the endpoints among which it is configured */
  constructor(
    id: number,
    address: HostAddress,
    endpoint: EndpointConfig,
    group: LocalityEndpoints,
    stats: HostStatsPlace,
    outlierCounts?: OutlierCountsPlace,
  ) {
    this.outlierCounts = outlierCounts;
    this.id = id;
    this.address = address;
    this.locality = group.locality;
    this.localityWeight = group.weight ?? 0;
    this.stats = stats;
    this.hostname = endpoint.hostname;
    this.observabilityName = endpoint.observabilityName;
    this.edsHealth = endpoint.health;
    this.metadata = endpoint.metadata;
    this.localityMetadata = group.metadata;
    this.weight = endpoint.weight;
    this.healthCheck = endpoint.healthCheck;
    this.#flags = flagsOf(endpoint.health);
  }

  get addressText(): string {
    return addressText(this.address);
  }

  hasFlag(flag: HostHealthFlag): boolean {
    return (this.#flags & bitOf(flag)) !== 0;
  }

  setFlag(flag: HostHealthFlag, isSet: boolean): void {
    if (isSet) this.#flags |= bitOf(flag);
    else this.#flags &= ~bitOf(flag);
  }

  /** In Envoy's order. */
  get healthFlags(): readonly HostHealthFlag[] {
    return FLAGS.filter((flag) => this.hasFlag(flag));
  }

  get health(): HostHealth {
    if ((this.#flags & UNHEALTHY) !== 0) return 'Unhealthy';
    return (this.#flags & DEGRADED) !== 0 ? 'Degraded' : 'Healthy';
  }

  /** Left out when the health of its priority is weighed. */
  get excluded(): boolean {
    return (this.#flags & EXCLUDED) !== 0;
  }

  /** Where it is checked. */
  get healthCheckAddress(): HostAddress {
    const { address: own, healthCheck } = this;
    const { address, port } = healthCheck;
    if (address?.kind === 'pipe') return address;
    const ip = address === undefined ? undefined : IpAddress.parse(address.host, address.port);
    const base: HostAddress = ip === undefined ? own : { kind: 'ip', ip: ip.ip, port: ip.port };
    return port === 0 || base.kind === 'pipe' ? base : { ...base, port };
  }

  get canary(): boolean {
    return this.metadata.get('envoy.lb')?.canary === true;
  }

  snapshot(): HostSnapshot {
    const { id, address, hostname, weight, health, excluded, locality, localityWeight, stats } = this;
    const { metadata, localityMetadata, canary, outlierCounts } = this;
    const others = this.otherAddresses.length > 0 && { otherAddresses: this.otherAddresses };
    const place = { locality, localityWeight, localityMetadata, ...others };
    return { id, address, hostname, weight, health, excluded, ...place, metadata, canary, stats, outlierCounts };
  }
}

/** Envoy's HostHealth flags in its order. */
const FLAGS: readonly HostHealthFlag[] = [
  'failed_active_hc',
  'failed_outlier_check',
  'failed_eds_health',
  'degraded_active_hc',
  'degraded_eds_health',
  'pending_dynamic_removal',
  'pending_active_hc',
  'excluded_via_immediate_hc_fail',
  'active_hc_timeout',
  'eds_status_draining',
  'degraded_outlier_detection',
];
const UNHEALTHY = bitsOf('failed_active_hc', 'failed_outlier_check', 'failed_eds_health', 'eds_status_draining');
const DEGRADED = bitsOf('degraded_active_hc', 'degraded_eds_health', 'degraded_outlier_detection');
const EXCLUDED = bitsOf('pending_active_hc', 'excluded_via_immediate_hc_fail', 'eds_status_draining');

function bitOf(flag: HostHealthFlag): number {
  return 1 << FLAGS.indexOf(flag);
}

function bitsOf(...flags: readonly HostHealthFlag[]): number {
  return flags.reduce((bits, flag) => bits | bitOf(flag), 0);
}

/** What is configured of an endpoint; a check elsewhere that timed out has failed. */
function flagsOf(health: EndpointHealth): number {
  switch (health) {
    case 'HEALTHY':
      return 0;
    case 'DEGRADED':
      return bitOf('degraded_eds_health');
    case 'DRAINING':
      return bitOf('eds_status_draining');
    default:
      return bitOf('failed_eds_health');
  }
}

/** Envoy's text of an address. */
export function addressText(address: HostAddress): string {
  if (address.kind === 'pipe') return address.path;
  return address.ip.includes(':') ? `[${address.ip}]:${address.port}` : `${address.ip}:${address.port}`;
}
