import type { BacktraceActionConfig } from '../../../../api/generated/envoy/extensions/watchdog/backtrace_action/v3/backtrace_action_pb.d.ts';
import { defineGuardDogAction } from '../../../../sdk/watchdog.ts';
import { durationMs } from '../../../common/upstream/proto-values.ts';
import { BacktraceAction, type BacktraceConfig, COUNTERS } from './action.ts';

/** envoy.watchdog.backtrace_action: logs where threads hang. */
export const backtraceAction = defineGuardDogAction<BacktraceConfig>({
  name: 'envoy.watchdog.backtrace_action',
  configTypes: ['envoy.extensions.watchdog.backtrace_action.v3.BacktraceActionConfig'],
  parseConfig(message, ctx) {
    const config = message as BacktraceActionConfig;
    ctx.requireSupported(config, ['cooldownDuration']);
    return { cooldownMs: durationMs(config.cooldownDuration) ?? 10_000 };
  },
  counters: () => Object.values(COUNTERS),
  createAction: (config, context) => new BacktraceAction(config, context),
});
