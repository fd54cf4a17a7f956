import type {
  Watchdog,
  Watchdog_WatchdogAction,
} from '../../../api/generated/envoy/config/bootstrap/v3/bootstrap_pb.d.ts';
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
  /** Events at which the process aborts (abort_action); kill and multikill do that anyway. */
  readonly abortOn: readonly WatchdogEvent[];
}

export type WatchdogEvent = 'UNKNOWN' | 'KILL' | 'MULTIKILL' | 'MEGAMISS' | 'MISS';
/** By Watchdog.WatchdogAction.WatchdogEvent. */
const events: readonly WatchdogEvent[] = ['UNKNOWN', 'KILL', 'MULTIKILL', 'MEGAMISS', 'MISS'];
const abortType = 'envoy.watchdog.v3.AbortActionConfig';

const defaultMissMs = 200;
const defaultMegamissMs = 1000;

export function parseWatchdog(config: Watchdog | undefined, ctx: ConfigContext): WatchdogConfig {
  return {
    missMs: durationMs(config?.missTimeout) ?? defaultMissMs,
    megamissMs: durationMs(config?.megamissTimeout) ?? defaultMegamissMs,
    killMs: durationMs(config?.killTimeout) ?? 0,
    maxKillJitterMs: durationMs(config?.maxKillTimeoutJitter) ?? 0,
    multikillMs: durationMs(config?.multikillTimeout) ?? 0,
    multikillThreshold: config?.multikillThreshold?.value ?? 0,
    abortOn: (config?.actions ?? []).flatMap((action, i) => parseAction(action, ctx.child('actions', i))),
  };
}

/** The event at which to abort; how long Envoy waits for its signal to work has no meaning where it always does. */
function parseAction({ config, event }: Watchdog_WatchdogAction, ctx: ConfigContext): WatchdogEvent[] {
  const { typedConfig } = config ?? {};
  const message = typedConfig === undefined ? undefined : ctx.child('config').child('typed_config').unpack(typedConfig);
  if (message === undefined) return [];
  if (message.$typeName === abortType) return [events[event] ?? 'UNKNOWN'];
  ctx.child('config').error(`watchdog action ${message.$typeName} is not supported yet`);
  return [];
}
