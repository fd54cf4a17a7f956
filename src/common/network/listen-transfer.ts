import type { Address } from '../../../sdk/network.ts';
import { IpAddress, PipeAddress } from './address.ts';
import type { SocketOption } from './socket-option.ts';

/** An address as plain data: `path` for pipes, `ip` and `port` else. */
export type AddressData =
  | { readonly kind: 'ip'; readonly ip: string; readonly port: number }
  | { readonly kind: 'pipe'; readonly path: string };

/**
 * How another thread gets at a bound socket: plain data that can be posted. Each is for one `listen`.
 * `bind` = binds anew, beside the others (SO_REUSEPORT); `descriptor` = a descriptor of the same socket, its owner's to
 * close.
 */
export type ListenTransfer =
  | (ListenParts & { readonly kind: 'bind'; readonly ipv4Compat: boolean })
  | (ListenParts & { readonly kind: 'descriptor'; readonly fd: number });

interface ListenParts {
  readonly address: AddressData;
  readonly backlog: number;
  /** For `descriptor` those are left that are set when it listens. */
  readonly socketOptions?: readonly SocketOption[];
}

export function toAddressData(address: Address): AddressData {
  return address.kind === 'pipe'
    ? { kind: 'pipe', path: address.asString }
    : { kind: 'ip', ip: address.ip, port: address.port };
}

export function ofAddressData(data: AddressData): IpAddress | PipeAddress {
  return data.kind === 'pipe' ? new PipeAddress(data.path) : new IpAddress(data.ip, data.port);
}
