import type { ScaledTimer } from '../../sdk/extension.ts';

/** What the overload manager on main tells the workers: a number in [0, 1] for each name, in memory that all see. */
export const OVERLOAD_NAMES = [
  'envoy.overload_actions.stop_accepting_requests',
  'envoy.overload_actions.disable_http_keepalive',
  'envoy.overload_actions.stop_accepting_connections',
  'envoy.overload_actions.reject_incoming_connections',
  'envoy.overload_actions.reduce_timeouts',
  'envoy.load_shed_points.tcp_listener_accept',
  'envoy.load_shed_points.http_connection_manager_decode_headers',
  'envoy.load_shed_points.hcm_ondata_creating_codec',
  'envoy.load_shed_points.http_downstream_filter_check',
] as const;
export type OverloadName = (typeof OVERLOAD_NAMES)[number];

/** How short a timeout of a kind becomes: as long as this, or this part of itself. */
export type TimerMinimum =
  | { readonly timer: ScaledTimer; readonly kind: 'absolute'; readonly ms: number }
  | { readonly timer: ScaledTimer; readonly kind: 'share'; readonly share: number };

export interface OverloadSnapshot {
  /** A Float64 a name of OVERLOAD_NAMES. */
  readonly values: SharedArrayBuffer;
  /** Load shed points that are configured: they count what they shed. */
  readonly loadShedPoints: readonly OverloadName[];
  /** Of `reduce_timeouts`; empty where it is not configured. */
  readonly timerMinimums: readonly TimerMinimum[];
  /** Of the monitor `global_downstream_max_connections`; undefined = without. */
  readonly maxDownstreamConnections: number | undefined;
}

export function createOverloadValues(): SharedArrayBuffer {
  return new SharedArrayBuffer(OVERLOAD_NAMES.length * Float64Array.BYTES_PER_ELEMENT);
}
