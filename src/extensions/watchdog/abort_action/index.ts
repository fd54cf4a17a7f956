import type { AbortActionConfig } from '../../../../api/generated/envoy/watchdog/v3/abort_action_pb.d.ts';
import { defineGuardDogAction } from '../../../../sdk/watchdog.ts';

/** envoy.watchdog.abort_action: ends the process. How long Envoy waits for its signal has no meaning where it always works. */
export const abortAction = defineGuardDogAction<undefined>({
  name: 'envoy.watchdog.abort_action',
  configTypes: ['envoy.watchdog.v3.AbortActionConfig'],
  parseConfig(message, ctx) {
    ctx.requireSupported(message as AbortActionConfig, ['waitDuration']);
    return undefined;
  },
  counters: () => [],
  createAction: (_config, { abort }) => ({
    run: (_event, threads) => abort(`Watchdog AbortAction terminating thread ${threads[0]?.name}.`, threads),
  }),
});
