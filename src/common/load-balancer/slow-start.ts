import type { Cluster_SlowStartConfig } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
import type { SlowStartConfig } from '../../../api/generated/envoy/extensions/load_balancing_policies/common/v3/common_pb.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { Runtime } from '../../../sdk/extension.ts';
import type { Host } from '../../../sdk/upstream.ts';
import { durationMs } from '../upstream/proto-values.ts';

/** A new host's weight grows over a window (SlowStartConfig). */
export interface SlowStart {
  readonly windowMs: number;
  readonly aggression: number;
  readonly aggressionKey: string;
  /** Share of the weight that it has at least: 0.1 by default. */
  readonly minWeight: number;
}

/** Undefined when there is no window: slow start is off. */
export function parseSlowStart(
  message: Cluster_SlowStartConfig | SlowStartConfig | undefined,
  ctx: ConfigContext,
): SlowStart | undefined {
  const windowMs = durationMs(message?.slowStartWindow) ?? 0;
  const aggression = message?.aggression?.defaultValue ?? 1;
  if (aggression < 0) ctx.child('aggression').error('must not be negative');
  if (windowMs === 0) return undefined;
  return Object.freeze({
    windowMs,
    aggression,
    aggressionKey: message?.aggression?.runtimeKey ?? '',
    minWeight: (message?.minWeightPercent?.value ?? 10) / 100,
  });
}

/** Factor on the weight of a host that is known for `ageMs`; 1 after the window. */
export function slowStartFactor(slowStart: SlowStart, ageMs: number, runtime: Runtime): number {
  if (ageMs >= slowStart.windowMs) return 1;
  const { aggression, aggressionKey } = slowStart;
  const current = aggressionKey === '' ? aggression : runtime.snapshot.getDouble(aggressionKey, aggression);
  const timeFactor = Math.max(ageMs, 1) / slowStart.windowMs;
  const factor = current <= 0 || current === 1 ? timeFactor : timeFactor ** (1 / current);
  return Math.max(slowStart.minWeight, factor);
}

/** Since when this thread knows a host; hosts of other makers count as old. */
export function hostAgeMs(host: Host, nowMs: number): number {
  return nowMs - (host.sinceMs ?? Number.NEGATIVE_INFINITY);
}
