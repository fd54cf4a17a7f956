import type { ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { HostMonitor } from '../../../sdk/upstream.ts';
import { HeaderNames } from '../../common/headers/names.ts';

/** What the head of an answer says of the host that gave it. */
export function tellMonitor(monitor: HostMonitor | undefined, headers: ResponseHeaderMap): void {
  if (monitor === undefined) return;
  if (headers.has(HeaderNames.EnvoyImmediateHealthCheckFail)) monitor.failImmediately();
}
