import type { CertificateInUse, CertificatesInUse, TransportSocketExtension } from '../../sdk/extension.ts';
import type { ListenerManager } from './listener/listener-manager.ts';
import type { ClusterManager } from './upstream/cluster-manager.ts';

export interface CertificateExpiry {
  /** Whole days; 0 of what has expired; undefined without certificates. */
  readonly daysUntilFirstCertExpiring: number | undefined;
  readonly secondsUntilFirstOcspResponseExpiring: number | undefined;
}

const secondMs = 1000;
const dayMs = 86_400 * secondMs;

/** Whole days until a certificate expires; 0 once it has. */
export function daysUntil(expirationMs: number, nowMs: number): number {
  return Math.max(0, Math.floor((expirationMs - nowMs) / dayMs));
}

/** The certificates of every listener and cluster. */
export class CertificateDirectory {
  readonly #listeners: Pick<ListenerManager, 'active' | 'warming' | 'draining'>;
  readonly #clusters: Pick<ClusterManager, 'active' | 'warming'>;

  constructor(
    listeners: Pick<ListenerManager, 'active' | 'warming' | 'draining'>,
    clusters: Pick<ClusterManager, 'active' | 'warming'>,
  ) {
    this.#listeners = listeners;
    this.#clusters = clusters;
  }

  /** A context each. */
  all(): CertificatesInUse[] {
    return this.#transportSockets().flatMap(({ extension, config }) => extension.certificatesInUse?.(config) ?? []);
  }

  expiry(nowMs: number): CertificateExpiry {
    // Of several authorities the first one counts.
    const certificates = this.all().flatMap(({ authorities, presented }) => [...authorities.slice(0, 1), ...presented]);
    const expirations = certificates.map(({ certificate }) => certificate.expirationMs);
    const responses = certificates.flatMap(({ ocspResponse }) => endOf(ocspResponse));
    return {
      daysUntilFirstCertExpiring: expirations.length === 0 ? undefined : daysUntil(Math.min(...expirations), nowMs),
      secondsUntilFirstOcspResponseExpiring:
        responses.length === 0 ? undefined : Math.max(0, Math.floor((Math.min(...responses) - nowMs) / secondMs)),
    };
  }

  #transportSockets(): { readonly extension: TransportSocketExtension; readonly config: unknown }[] {
    const { active, warming, draining } = this.#listeners;
    const chains = [...active.values(), ...warming.values(), ...draining].flatMap(({ config }) => [
      ...config.filterChains,
      ...(config.defaultFilterChain === undefined ? [] : [config.defaultFilterChain]),
    ]);
    const clusters = [...this.#clusters.active.values(), ...this.#clusters.warming.values()];
    const ofClusters = clusters.flatMap(({ config: { transportSocket, transportSocketMatches } }) => [
      transportSocket,
      ...transportSocketMatches.map(({ socket }) => socket),
    ]);
    return [...chains.map(({ transportSocket }) => transportSocket), ...ofClusters].flatMap((socket) => socket ?? []);
  }
}

/** One that says nothing of its end holds for ever. */
function endOf(response: CertificateInUse['ocspResponse']): number[] {
  return response === undefined || response.expirationMs === 0 ? [] : [response.expirationMs];
}
