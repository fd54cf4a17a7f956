import type { RuntimeFraction } from '../../../../api/generated/envoy/extensions/matching/input_matchers/runtime_fraction/v3/runtime_fraction_pb.d.ts';
import type { InputMatcherExtension } from '../../../../sdk/matching.ts';
import type { RuntimeFraction as Fraction } from '../../../../sdk/router.ts';
import { xxHash64 } from '../../../common/hash/xxhash64.ts';
import { parseRuntimeFraction } from '../../../common/router/runtime-fraction.ts';

export interface RuntimeFractionConfig {
  readonly fraction: Fraction | undefined;
  readonly seed: bigint;
}

/** Matches a part of all texts, as the runtime says at the time; the same text alike as long as that stays. */
export const runtimeFractionMatcher: InputMatcherExtension<RuntimeFractionConfig> = {
  category: 'envoy.matching.input_matchers',
  name: 'envoy.matching.matchers.runtime_fraction',
  configTypes: ['envoy.extensions.matching.input_matchers.runtime_fraction.v3.RuntimeFraction'],

  parseConfig(message) {
    const { runtimeFraction, seed } = message as RuntimeFraction;
    const fraction = runtimeFraction === undefined ? undefined : parseRuntimeFraction(runtimeFraction);
    return Object.freeze({ fraction, seed });
  },

  createMatcher({ fraction, seed }, { runtime }) {
    if (fraction === undefined) return { match: () => false };
    const { runtimeKey, numerator, denominator } = fraction;
    // All denominators divide a million: the draw fits a number so, whatever the runtime says.
    const draw = (value: string) => Number(xxHash64(value, seed) % 1_000_000n);
    return { match: (value) => runtime.snapshot.featureEnabled(runtimeKey, numerator, denominator, draw(value)) };
  },
};
