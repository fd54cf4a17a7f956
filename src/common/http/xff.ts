import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { DetectedAddress, OriginalIpDetection } from '../../../sdk/http.ts';
import { HeaderNames } from '../headers/names.ts';
import { IpAddress } from '../network/address.ts';

const NOTHING: DetectedAddress = { address: undefined, trusted: false, reject: undefined };

/** The address that the proxy `skip` places before the end of x-forwarded-for has added. */
export function lastAddressFromXff(headers: RequestHeaderMap, skip: number): DetectedAddress {
  const value = headers.get(HeaderNames.ForwardedFor);
  if (value === undefined) return NOTHING;
  let end = value.length;
  for (let i = 0; i < skip; i++) {
    end = end === 0 ? -1 : value.lastIndexOf(',', end - 1);
    if (end < 0) return NOTHING;
  }
  const comma = end === 0 ? -1 : value.lastIndexOf(',', end - 1);
  const address = IpAddress.parse(value.slice(comma + 1, end).trim(), 0);
  return address === undefined ? NOTHING : { address, trusted: comma < 0 && skip === 0, reject: undefined };
}

/** The detection without extensions: x-forwarded-for with xff_num_trusted_hops. */
export function xffDetection(skip: number): OriginalIpDetection {
  return { detect: (headers) => lastAddressFromXff(headers, skip) };
}

export function appendXff(headers: RequestHeaderMap, ip: string): void {
  if (ip !== '') headers.append(HeaderNames.ForwardedFor, ip, ',');
}
