import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import { portStart } from '../../common/router/path-text.ts';

export interface HostOptions {
  readonly stripPort: 'none' | 'any' | 'matching';
  readonly stripTrailingDot: boolean;
}

/**
 * strip_trailing_host_dot, strip_any_host_port, strip_matching_host_port. `port` is the one that the request came to.
 * Answers with the port that went.
 */
export function normalizeHost(headers: RequestHeaderMap, options: HostOptions, port: number): number | undefined {
  const before = headers.host;
  let host = before;
  let stripped: number | undefined;
  if (options.stripTrailingDot) host = stripTrailingDot(host);
  if (options.stripPort !== 'none' && (headers.method !== 'CONNECT' || options.stripPort === 'any')) {
    const dotless = host;
    host = stripPort(host, options.stripPort === 'any' ? undefined : port);
    if (host !== dotless) stripped = Number(dotless.slice(host.length + 1));
  }
  if (host !== before) headers.host = host;
  return stripped;
}

function stripTrailingDot(host: string): string {
  const at = portStart(host);
  const name = at < 0 ? host : host.slice(0, at);
  return name.endsWith('.') ? name.slice(0, -1) + (at < 0 ? '' : host.slice(at)) : host;
}

function stripPort(host: string, only: number | undefined): string {
  const at = portStart(host);
  if (at < 0) return host;
  const digits = host.slice(at + 1);
  if (!/^\d+$/.test(digits)) return host;
  return only === undefined || Number(digits) === only ? host.slice(0, at) : host;
}
