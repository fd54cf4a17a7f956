import type { Address, UpstreamSource } from '../../../sdk/network.ts';
import type { FilterState, FilterStateObject } from '../../../sdk/stream-info.ts';
import { transparentOptions } from '../listener/parse-socket-options.ts';
import { IpAddress } from './address.ts';
import { intOptionValue, type SocketOption } from './socket-option.ts';

/** Envoy's name of the filter state that holds options of sockets to upstreams. */
const stateKey = 'envoy.network.upstream_socket_options';
const requestKey = `${stateKey}.request`;

/** socket(7) of Linux. */
const socketLevel = 1;
const markOption = 36;

class UpstreamSourceState implements UpstreamSource, FilterStateObject {
  readonly from: Address;
  readonly mark: number;
  readonly key: string;

  /** @param before what another filter wanted: the mark that it set stays where this one sets none */
  constructor(from: Address, mark: number, before: UpstreamSource | undefined) {
    this.from = from;
    this.mark = mark === 0 ? (before?.mark ?? 0) : mark;
    this.key = `${before?.key ?? ''} ${from.asString} ${mark}`;
  }

  /** Envoy has no text for it either. */
  serializeAsString(): undefined {
    return undefined;
  }
}

/**
 * Has connections to upstreams come from a client's address, whatever its port; what is no IP address is left alone.
 * @param keptBy what a request wants goes before what its connection does, which stays for the next one
 */
export function setUpstreamSource(
  filterState: FilterState,
  client: Address,
  mark: number,
  keptBy: 'connection' | 'request',
): void {
  if (client.kind !== 'ip') return;
  const state = new UpstreamSourceState(new IpAddress(client.ip, 0), mark, upstreamSourceOf(filterState));
  filterState.set(keptBy === 'connection' ? stateKey : requestKey, state, false);
}

export function upstreamSourceOf(filterState: FilterState): UpstreamSource | undefined {
  const state = filterState.get(requestKey) ?? filterState.get(stateKey);
  return state instanceof UpstreamSourceState ? state : undefined;
}

/** What sockets need that are bound to an address which is not ours. */
export function sourceSocketOptions(source: UpstreamSource): SocketOption[] {
  const value = intOptionValue(source.mark);
  const marked = {
    level: socketLevel,
    name: markOption,
    value,
    state: 'prebind',
    label: 'SOL_SOCKET/SO_MARK',
  } as const;
  return [...(source.mark === 0 ? [] : [marked]), ...transparentOptions(source.from.ipVersion ?? 4)];
}
