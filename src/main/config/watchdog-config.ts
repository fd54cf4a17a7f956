import type {
  Watchdog,
  Watchdog_WatchdogAction,
} from '../../../api/generated/envoy/config/bootstrap/v3/bootstrap_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { resolveExtension } from '../../../sdk/extension.ts';
import type { GuardDogActionExtension, WatchdogEvent } from '../../../sdk/watchdog.ts';
import { durationMs } from '../../common/upstream/proto-values.ts';
import type { WatchdogActionConfig, WatchdogConfig } from '../../snapshot/guard-dog.ts';

/** By Watchdog.WatchdogAction.WatchdogEvent. */
const events: readonly WatchdogEvent[] = ['UNKNOWN', 'KILL', 'MULTIKILL', 'MEGAMISS', 'MISS'];

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
    actions: (config?.actions ?? []).flatMap((action, i) => parseAction(action, ctx.child('actions', i))),
  };
}

function parseAction({ config, event }: Watchdog_WatchdogAction, ctx: ConfigContext): WatchdogActionConfig[] {
  const named = { name: config?.name ?? '', typedConfig: config?.typedConfig };
  const found = resolveExtension<GuardDogActionExtension>(ctx.child('config'), 'envoy.guarddog_actions', named);
  if (found === undefined) return [];
  return [{ event: events[event] ?? 'UNKNOWN', name: found.extension.name, config: found.config }];
}
