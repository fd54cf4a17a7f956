import type { Ip } from '../../../../api/generated/envoy/extensions/matching/input_matchers/ip/v3/ip_pb.d.ts';
import type { InputMatcherExtension } from '../../../../sdk/matching.ts';
import { IpAddress } from '../../../common/network/address.ts';
import { CidrRange } from '../../../common/network/cidr.ts';
import { PrefixTable } from '../../../common/network/prefix-table.ts';

export interface IpMatcherConfig {
  readonly ranges: readonly CidrRange[];
  readonly statPrefix: string;
}

/** Matches addresses within any of some ranges; texts that are no address are counted. */
export const ipMatcher: InputMatcherExtension<IpMatcherConfig> = {
  category: 'envoy.matching.input_matchers',
  name: 'envoy.matching.matchers.ip',
  configTypes: ['envoy.extensions.matching.input_matchers.ip.v3.Ip'],

  parseConfig(message, ctx) {
    const { cidrRanges, statPrefix } = message as Ip;
    const ranges = cidrRanges.flatMap(({ addressPrefix, prefixLen }, i) => {
      const range = CidrRange.of(addressPrefix, prefixLen ?? 0);
      if (range === undefined) ctx.child('cidr_ranges', i).error(`malformed IP address: ${addressPrefix}`);
      return range ?? [];
    });
    return Object.freeze({ ranges, statPrefix });
  },

  createMatcher({ ranges, statPrefix }, { scope, logger }) {
    const table = new PrefixTable(ranges.map((range) => [range, true] as const));
    const parsingFailed = scope.counter(`${statPrefix}.ip_parsing_failed`);
    const log = logger('matcher');
    return {
      match(value) {
        if (value === '') return false;
        const address = IpAddress.parse(value, 0);
        if (address !== undefined) return table.has(address.words);
        parsingFailed.inc();
        log.debug(`IP matcher: unable to parse address '${value}'`);
        return false;
      },
    };
  },
};
