import type { Watchdog } from '../../../api/generated/envoy/config/bootstrap/v3/bootstrap_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { durationMs } from '../../common/upstream/proto-values.ts';

/** A checked envoy.config.bootstrap.v3.Watchdog. 0 = off for kill and multikill. */
export interface WatchdogConfig {
  readonly missMs: number;
  readonly megamissMs: number;
  readonly killMs: number;
  readonly maxKillJitterMs: number;
  readonly multikillMs: number;
  /** Percent of the threads that must be stuck for multikill. */
  readonly multikillThreshold: number;
}

const defaultMissMs = 200;
const defaultMegamissMs = 1000;

export function parseWatchdog(config: Watchdog | undefined, ctx: ConfigContext): WatchdogConfig {
  for (const [i, { event }] of (config?.actions ?? []).entries()) {
    ctx.child('actions', i).error(`watchdog actions (event ${event}) are not supported yet`);
  }
  return {
    missMs: durationMs(config?.missTimeout) ?? defaultMissMs,
    megamissMs: durationMs(config?.megamissTimeout) ?? defaultMegamissMs,
    killMs: durationMs(config?.killTimeout) ?? 0,
    maxKillJitterMs: durationMs(config?.maxKillTimeoutJitter) ?? 0,
    multikillMs: durationMs(config?.multikillTimeout) ?? 0,
    multikillThreshold: config?.multikillThreshold?.value ?? 0,
  };
}
