/** The Proxy-Status header (RFC 9209), as Envoy writes it: `proxy; error=…; details="…"`. */
import type { ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { ResponseFlag, StreamInfo } from '../../../sdk/stream-info.ts';

/** `proxy_status_config`, made ready. */
export interface ProxyStatusOptions {
  /** Who speaks. */
  readonly proxyName: string;
  readonly removeDetails: boolean;
  readonly removeConnectionTerminationDetails: boolean;
  readonly removeResponseFlags: boolean;
  /** The response's status becomes the one that RFC 9209 recommends for the error. */
  readonly setRecommendedStatus: boolean;
}

interface ProxyError {
  readonly flag: ResponseFlag;
  readonly error: string;
  readonly status: number | undefined;
}

/** In Envoy's order: the first flag that a request has decides. */
const ERRORS: readonly ProxyError[] = [
  { flag: 'LH', error: 'destination_unavailable', status: 503 },
  { flag: 'UH', error: 'destination_unavailable', status: 503 },
  { flag: 'UT', error: 'http_response_timeout', status: 504 },
  { flag: 'DT', error: 'connection_timeout', status: 504 },
  { flag: 'LR', error: 'connection_timeout', status: 504 },
  { flag: 'UR', error: 'connection_terminated', status: 502 },
  { flag: 'UF', error: 'connection_refused', status: 502 },
  { flag: 'UAEX', error: 'connection_refused', status: 502 },
  { flag: 'UC', error: 'connection_terminated', status: 502 },
  { flag: 'OM', error: 'connection_limit_reached', status: 503 },
  { flag: 'DO', error: 'connection_limit_reached', status: 503 },
  { flag: 'FI', error: 'http_request_error', status: undefined },
  { flag: 'DC', error: 'connection_terminated', status: 502 },
  { flag: 'DR', error: 'connection_terminated', status: 502 },
  { flag: 'UO', error: 'connection_limit_reached', status: 503 },
  { flag: 'NR', error: 'destination_not_found', status: 500 },
  { flag: 'RL', error: 'connection_limit_reached', status: 503 },
  { flag: 'RLSE', error: 'connection_limit_reached', status: 503 },
  { flag: 'URX', error: 'destination_unavailable', status: 503 },
  { flag: 'SI', error: 'http_response_timeout', status: 504 },
  { flag: 'IH', error: 'http_request_error', status: undefined },
  { flag: 'DPE', error: 'http_request_error', status: undefined },
  { flag: 'UMSDR', error: 'http_response_timeout', status: 504 },
  { flag: 'NFCF', error: 'proxy_configuration_error', status: 500 },
  { flag: 'UPE', error: 'http_protocol_error', status: 502 },
  { flag: 'NC', error: 'destination_unavailable', status: 503 },
  { flag: 'DF', error: 'dns_error', status: 502 },
];

/** Tells the client what kept us from forwarding; responses of requests without a fault stay as they are. */
export function addProxyStatus(headers: ResponseHeaderMap, streamInfo: StreamInfo, options: ProxyStatusOptions): void {
  if (!streamInfo.hasAnyResponseFlag()) return;
  const found = ERRORS.find(({ flag }) => streamInfo.hasResponseFlag(flag));
  if (found === undefined) return;
  const value = `${options.proxyName}; error=${found.error}${formatDetails(streamInfo, options)}`;
  headers.append('proxy-status', value, ', ');
  if (options.setRecommendedStatus && found.status !== undefined) headers.status = found.status;
}

function formatDetails(streamInfo: StreamInfo, options: ProxyStatusOptions): string {
  const { responseCodeDetails, connectionTerminationDetails } = streamInfo;
  if (options.removeDetails || responseCodeDetails === undefined) return '';
  let details = responseCodeDetails;
  if (!options.removeConnectionTerminationDetails && connectionTerminationDetails !== undefined) {
    details += `; ${connectionTerminationDetails}`;
  }
  if (!options.removeResponseFlags) details += `; ${streamInfo.responseFlags.join(',')}`;
  return `; details="${details.replace(/["\\]/g, '\\$&')}"`;
}
