import type { Address } from '../../../../sdk/network.ts';
import type { StreamInfo } from '../../../../sdk/stream-info.ts';
import type {
  Host,
  LoadBalancer,
  LoadBalancerContext,
  LoadBalancerContextOfCluster,
} from '../../../../sdk/upstream.ts';
import { IpAddress, parseIpAndPort } from '../../../common/network/address.ts';
import { metadataValue } from '../../../common/stream-info/metadata-path.ts';

export interface OriginalDstConfig {
  /** Header of requests that names where they go, in lower case. */
  readonly headerName: string | undefined;
  readonly metadata: { readonly namespace: string; readonly path: readonly string[] } | undefined;
  /** Instead of the port that is found. */
  readonly port: number | undefined;
}

const filterStateKey = 'envoy.network.transport_socket.original_dst_address';

/** Sends each connection where it meant to go before it was led here, or where a request says (Envoy's OriginalDstCluster). */
export class OriginalDstLoadBalancer implements LoadBalancer, Disposable {
  readonly #context: LoadBalancerContextOfCluster;
  readonly #config: OriginalDstConfig;
  readonly #subscription: Disposable;
  /** By address; those that main does not know yet too. */
  #hosts = new Map<string, Host>();

  constructor(context: LoadBalancerContextOfCluster, config: OriginalDstConfig) {
    this.#context = context;
    this.#config = config;
    this.#subscription = context.prioritySet.addUpdateCallback((_priority, _added, removed) => this.#onUpdate(removed));
  }

  chooseHost(context: LoadBalancerContext | undefined): Host | undefined {
    const found = context && this.#addressOf(context);
    if (found === undefined || found.kind !== 'ip') return undefined;
    const { port = found.port } = this.#config;
    const address = port === found.port ? found : new IpAddress(found.ip, port);
    const known = this.#hosts.get(address.asString);
    if (known !== undefined) return known;
    const host = this.#context.addHost(address);
    this.#hosts.set(address.asString, host);
    return host;
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }

  /** Of several hosts of one address the first one counts. */
  #onUpdate(removed: readonly Host[]): void {
    const gone = new Set(removed);
    const pending = [...this.#hosts.values()].filter((host) => !gone.has(host));
    const hosts = new Map<string, Host>();
    for (const host of this.#context.prioritySet.hostSets[0]?.hosts ?? []) {
      if (!hosts.has(host.address.asString)) hosts.set(host.address.asString, host);
    }
    for (const host of pending) if (!hosts.has(host.address.asString)) hosts.set(host.address.asString, host);
    this.#hosts = hosts;
  }

  #addressOf(context: LoadBalancerContext): Address | undefined {
    return ofFilterState(context) ?? this.#ofMetadata(context) ?? this.#ofHeader(context) ?? ofConnection(context);
  }

  #ofMetadata(context: LoadBalancerContext): Address | undefined {
    const { metadata } = this.#config;
    if (metadata === undefined) return undefined;
    for (const streamInfo of streamInfosOf(context)) {
      const found = metadataValue(streamInfo.dynamicMetadata(metadata.namespace), metadata.path);
      const value = Array.isArray(found) ? found[0] : found;
      if (typeof value === 'string') return this.#parse(value);
    }
    return undefined;
  }

  /** Nobody vouches for it: of several values the first one counts. */
  #ofHeader({ downstreamHeaders }: LoadBalancerContext): Address | undefined {
    const { headerName } = this.#config;
    const value = headerName === undefined ? undefined : downstreamHeaders?.getAll(headerName)[0];
    return value === undefined ? undefined : this.#parse(value);
  }

  #parse(text: string): Address | undefined {
    const address = parseIpAndPort(text);
    if (address === undefined) this.#context.trafficStats().originalDstHostInvalid.inc();
    return address;
  }
}

function streamInfosOf({ requestStreamInfo, downstreamConnection }: LoadBalancerContext): readonly StreamInfo[] {
  return [requestStreamInfo, downstreamConnection?.streamInfo].filter((each) => each !== undefined);
}

function ofFilterState(context: LoadBalancerContext): Address | undefined {
  for (const { filterState } of streamInfosOf(context)) {
    const text = filterState.get(filterStateKey)?.serializeAsString?.();
    if (text !== undefined) return parseIpAndPort(text);
  }
  return undefined;
}

/** Where the client meant to go, if a listener filter has found that out. */
function ofConnection({ downstreamConnection }: LoadBalancerContext): Address | undefined {
  const info = downstreamConnection?.info;
  return info?.localAddressRestored === true ? info.localAddress : undefined;
}
