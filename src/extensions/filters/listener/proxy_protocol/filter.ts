import type { Buffer } from '../../../../../sdk/buffer.ts';
import type { FilterStatus, ListenerFilter, ListenerFilterCallbacks } from '../../../../../sdk/network.ts';
import { parseProxyHeader } from '../../../../codec/proxy-protocol/parse-proxy-header.ts';
import type { ProxyHeader, ProxyHeaderResult } from '../../../../codec/proxy-protocol/proxy-header.ts';
import { ProxyProtocolState, proxyProtocolStateKey } from '../../../../common/network/proxy-protocol-state.ts';
import type { ProxyProtocolConfig } from './config.ts';
import type { ProxyProtocolStats } from './stats.ts';
import { storeTlvs } from './tlv-values.ts';

/** What is asked for before the length of the header is known: an address family of version 2 at its longest. */
const initialReadBytes = 232;

/** Takes the PROXY header off a stream and its addresses over (Envoy's ProxyProtocol::Filter). */
export class ProxyProtocolFilter implements ListenerFilter {
  readonly #config: ProxyProtocolConfig;
  readonly #stats: ProxyProtocolStats;
  #callbacks!: ListenerFilterCallbacks;
  #maxReadBytes = initialReadBytes;

  constructor(config: ProxyProtocolConfig, stats: ProxyProtocolStats) {
    this.#config = config;
    this.#stats = stats;
  }

  get maxReadBytes(): number {
    return this.#maxReadBytes;
  }

  onAccept(callbacks: ListenerFilterCallbacks): FilterStatus {
    this.#callbacks = callbacks;
    return 'StopIteration';
  }

  onData(buffer: Buffer): FilterStatus {
    const result = parseProxyHeader(buffer, this.#config);
    switch (result.kind) {
      case 'incomplete':
        this.#maxReadBytes = Math.max(this.#maxReadBytes, result.length + 1);
        return 'StopIteration';
      case 'header':
        this.#stats.versions[result.header.version].found.inc();
        this.#apply(result.header);
        buffer.drain(result.header.length);
        return 'Continue';
      case 'none':
        if (!this.#config.optional) return this.#refuse(result);
        this.#stats.notFoundAllowed.inc();
        return 'Continue';
      default:
        return this.#refuse(result);
    }
  }

  #refuse(result: Exclude<ProxyHeaderResult, { readonly kind: 'header' | 'incomplete' }>): FilterStatus {
    if (result.kind === 'disallowed') {
      const version = this.#stats.versions[result.version];
      version.found.inc();
      version.disallowed.inc();
    } else {
      this.#stats.downstreamCxProxyProtoError.inc();
      if (result.kind === 'none') this.#stats.notFoundDisallowed.inc();
      else this.#noteMalformed(result);
    }
    this.#callbacks.continueFilterChain(false);
    return 'StopIteration';
  }

  #noteMalformed({ version, tlvs }: Extract<ProxyHeaderResult, { readonly kind: 'malformed' }>): void {
    this.#stats.versions[version].error.inc();
    storeTlvs(tlvs, this.#config, this.#callbacks.streamInfo);
  }

  #apply({ addresses, tlvs }: ProxyHeader): void {
    const { info, streamInfo } = this.#callbacks;
    storeTlvs(tlvs, this.#config, streamInfo);
    const { source, destination } = addresses ?? { source: info.remoteAddress, destination: info.localAddress };
    const passed = tlvs.filter(({ type }) => this.#passes(type));
    const state = new ProxyProtocolState(source, destination, passed);
    streamInfo.filterState.set(proxyProtocolStateKey, state, false, 'Connection');
    if (!info.localAddress.equals(destination)) {
      info.localAddress = destination;
      info.localAddressRestored = true;
    }
    info.remoteAddress = source;
  }

  #passes(type: number): boolean {
    const { passThrough } = this.#config;
    return passThrough === 'all' || passThrough.has(type);
  }
}
