import type { ProfileActionConfig } from '../../../../api/generated/envoy/extensions/watchdog/profile_action/v3/profile_action_pb.d.ts';
import { defineGuardDogAction } from '../../../../sdk/watchdog.ts';
import { durationMs } from '../../../common/upstream/proto-values.ts';
import { counterNames, ProfileAction, type ProfileConfig } from './action.ts';

/** envoy.watchdog.profile_action: writes down what threads that hang spend their time with. */
export const profileAction = defineGuardDogAction<ProfileConfig>({
  name: 'envoy.watchdog.profile_action',
  configTypes: ['envoy.extensions.watchdog.profile_action.v3.ProfileActionConfig'],
  parseConfig(message, ctx) {
    const config = message as ProfileActionConfig;
    ctx.requireSupported(config, ['profileDuration', 'profilePath', 'maxProfiles']);
    return {
      durationMs: durationMs(config.profileDuration) ?? 5000,
      path: config.profilePath,
      maxProfiles: config.maxProfiles === 0n ? 10 : Number(config.maxProfiles),
    };
  },
  counters: (guardDogName) => Object.values(counterNames(guardDogName)),
  createAction: (config, context) => new ProfileAction(config, context),
});
