import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { DetectedAddress, OriginalIpDetection } from '../../../sdk/http.ts';
import type { Address } from '../../../sdk/network.ts';
import { traitsOf } from '../headers/header-entries.ts';
import { HeaderNames } from '../headers/names.ts';
import { Trait } from '../headers/traits.ts';
import { IpAddress } from '../network/address.ts';
import type { CidrRange } from '../network/cidr.ts';

/** How x-forwarded-for is read and whether it grows. */
export interface XffOptions {
  /** The entries that proxies which we trust have added, counted from the header's end. */
  readonly numTrustedHops: number;
  /** The proxies that we trust, instead of a number of them; empty or none = unknown. */
  readonly trustedCidrs?: readonly CidrRange[];
  /** The peer's address joins the header; default: no. */
  readonly appendXff?: boolean;
}

/** The address that the proxy `skip` places before the end of x-forwarded-for has added. */
export function lastAddressFromXff(headers: RequestHeaderMap, skip: number, appendXff = false): DetectedAddress {
  const nothing = appendXff ? NOTHING_APPENDED : NOTHING;
  const value = (traitsOf(headers) & Trait.forwardedFor) === 0 ? undefined : headers.get(HeaderNames.ForwardedFor);
  if (value === undefined) return nothing;
  let end = value.length;
  for (let i = 0; i < skip; i++) {
    end = end === 0 ? -1 : value.lastIndexOf(',', end - 1);
    if (end < 0) return nothing;
  }
  const comma = end === 0 ? -1 : value.lastIndexOf(',', end - 1);
  const address = IpAddress.parse(value.slice(comma + 1, end).trim(), 0);
  return found(address, address !== undefined && comma < 0 && skip === 0, appendXff);
}

const NOTHING = found(undefined, false, false);
const NOTHING_APPENDED = found(undefined, false, true);

function found(address: Address | undefined, trusted: boolean, appendXff: boolean): DetectedAddress {
  return { address, trusted, reject: undefined, appendXff };
}

/** Of a header with more Envoy reads none. */
const MAX_ENTRIES = 20;

/** The last entry that is none of our proxies; the first one when all are. What is no address ends the search. */
function lastUntrustedAddress(
  headers: RequestHeaderMap,
  cidrs: readonly CidrRange[],
  append: boolean,
): DetectedAddress {
  const entries = (headers.get(HeaderNames.ForwardedFor) ?? '').split(',', MAX_ENTRIES + 1);
  let address: IpAddress | undefined;
  if (entries.length > MAX_ENTRIES) return found(undefined, false, append);
  for (let i = entries.length - 1; i >= 0; i--) {
    address = IpAddress.parse((entries[i] as string).trim(), 0);
    if (address === undefined || !isTrusted(address, cidrs)) break;
  }
  return found(address, address !== undefined && entries.length === 1, append);
}

function isTrusted(address: Address, cidrs: readonly CidrRange[]): boolean {
  return cidrs.some((cidr) => cidr.containsAddress(address));
}

/** Detection by x-forwarded-for (Envoy's XffIPDetection). */
export function xffDetection({
  numTrustedHops,
  trustedCidrs = [],
  appendXff = false,
}: XffOptions): OriginalIpDetection {
  if (trustedCidrs.length === 0) return { detect: (headers) => lastAddressFromXff(headers, numTrustedHops, appendXff) };
  return {
    detect(headers, peer) {
      if (!isTrusted(peer, trustedCidrs)) return found(undefined, false, true);
      return lastUntrustedAddress(headers, trustedCidrs, appendXff);
    },
  };
}

export function appendXff(headers: RequestHeaderMap, ip: string): void {
  if (ip !== '') headers.append(HeaderNames.ForwardedFor, ip, ',');
}
