import type { Config } from '../../../../api/generated/envoy/extensions/matching/common_inputs/environment_variable/v3/input_pb.d.ts';
import type { CommonInputExtension } from '../../../../sdk/matching.ts';

/** A variable of the proxy's environment, read once; unset, there is no value. */
export const environmentVariableInput: CommonInputExtension<string | undefined> = {
  category: 'envoy.matching.common_inputs',
  name: 'envoy.matching.common_inputs.environment_variable',
  configTypes: ['envoy.extensions.matching.common_inputs.environment_variable.v3.Config'],

  parseConfig: (message, ctx) => ctx.resources?.environmentVariable((message as Config).name),

  createInput: (value) => ({ get: () => value }),
};
