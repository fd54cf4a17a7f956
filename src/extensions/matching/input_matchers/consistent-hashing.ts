import type { ConsistentHashing } from '../../../../api/generated/envoy/extensions/matching/input_matchers/consistent_hashing/v3/consistent_hashing_pb.d.ts';
import type { InputMatcherExtension } from '../../../../sdk/matching.ts';
import { xxHash64 } from '../../../common/hash/xxhash64.ts';

/** Matches the texts whose hash modulo `modulo` is at least `threshold`. */
export const consistentHashingMatcher: InputMatcherExtension<ConsistentHashing> = {
  category: 'envoy.matching.input_matchers',
  name: 'envoy.matching.matchers.consistent_hashing',
  configTypes: ['envoy.extensions.matching.input_matchers.consistent_hashing.v3.ConsistentHashing'],

  parseConfig(message, ctx) {
    const config = message as ConsistentHashing;
    const { threshold, modulo } = config;
    if (threshold > modulo) ctx.error(`threshold cannot be greater than modulo: ${threshold} > ${modulo}`);
    return config;
  },

  createMatcher({ threshold, modulo, seed }) {
    return { match: (value) => xxHash64(value, seed) % BigInt(modulo) >= BigInt(threshold) };
  },
};
