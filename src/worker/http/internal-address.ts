import type { Address } from '../../../sdk/network.ts';
import { IpAddress } from '../../common/network/address.ts';
import type { CidrRange } from '../../common/network/cidr.ts';
import { PrefixTable } from '../../common/network/prefix-table.ts';

/** Whether an address is one of ours. */
export type InternalAddressCheck = (address: Address) => boolean;

/** internal_address_config: the ranges it names, and Unix sockets when it says so. */
export function internalAddressCheck(ranges: readonly CidrRange[], unixSockets: boolean): InternalAddressCheck {
  const table = new PrefixTable(ranges.map((range) => [range, true]));
  return (address) =>
    address instanceof IpAddress ? table.has(address.words) : unixSockets && address.kind === 'pipe';
}

/** Without internal_address_config nobody is internal. */
export function nobodyIsInternal(): boolean {
  return false;
}
