import type { IPMatcher } from '../../../../api/generated/xds/type/matcher/v3/ip_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';
import type { CustomMatcherExtension, MatchInput, MatchResult, MatchTree } from '../../../../sdk/matching.ts';
import { LookupTree } from '../../../common/matcher/match-tree.ts';
import { IpAddress } from '../../../common/network/address.ts';
import { CidrRange } from '../../../common/network/cidr.ts';
import { PrefixTable } from '../../../common/network/prefix-table.ts';

export interface IpRangeMatcherConfig {
  readonly message: IPMatcher;
  /** Each with the place of its branch, in the order of the configuration. */
  readonly ranges: readonly (readonly [range: CidrRange, branch: number])[];
}

interface RangeNode<Data, Action extends object> {
  readonly branch: MatchTree<Data, Action>;
  readonly exclusive: boolean;
}

/** The narrowest range first; a wider one when that ends in nothing, unless it is `exclusive`. */
class IpRangeTree<Data, Action extends object> extends LookupTree<Data, Action> {
  readonly #table: PrefixTable<RangeNode<Data, Action>>;

  constructor(
    input: MatchInput<Data>,
    nodes: readonly (readonly [CidrRange, RangeNode<Data, Action>])[],
    onNoMatch: MatchTree<Data, Action>,
  ) {
    super(input, onNoMatch);
    // Of equal ranges the table has the last one innermost: the first is to be tried first.
    this.#table = new PrefixTable(nodes.toReversed());
  }

  protected find(value: string, data: Data): MatchResult<Action> {
    const address = IpAddress.parse(value, 0);
    if (address === undefined) return 'no_match';
    const nodes = this.#table.all(address.words);
    for (const [i, { branch, exclusive }] of nodes.entries()) {
      if (i > 0 && exclusive) continue;
      const result = branch.match(data);
      if (result !== 'no_match') return result;
    }
    return 'no_match';
  }
}

function parseRanges(message: IPMatcher, ctx: ConfigContext): IpRangeMatcherConfig['ranges'] {
  return message.rangeMatchers.flatMap(({ ranges }, branch) =>
    ranges.flatMap(({ addressPrefix, prefixLen }, i) => {
      const range = CidrRange.of(addressPrefix, prefixLen ?? 0);
      if (range !== undefined) return [[range, branch] as const];
      const place = ctx.child('range_matchers', branch).child('ranges', i);
      place.child('address_prefix').error(`malformed IP address: ${addressPrefix}`);
      return [];
    }),
  );
}

/** `xds.type.matcher.v3.IPMatcher`, of connections and requests. */
export const ipRangeMatcher: Omit<CustomMatcherExtension<IpRangeMatcherConfig>, 'category'> = {
  name: 'envoy.matching.custom_matchers.ip_range_matcher',
  configTypes: ['xds.type.matcher.v3.IPMatcher'],
  title: 'IP range',
  branchField: 'range_matchers',

  parseConfig(message, ctx) {
    const config = message as IPMatcher;
    return Object.freeze({ message: config, ranges: parseRanges(config, ctx) });
  },

  branches: ({ message }) => message.rangeMatchers.map(({ onMatch }) => onMatch),

  createTree<Data, Action extends object>(
    { message, ranges }: IpRangeMatcherConfig,
    input: MatchInput<Data>,
    branches: readonly MatchTree<Data, Action>[],
    onNoMatch: MatchTree<Data, Action>,
  ): MatchTree<Data, Action> {
    const nodes = ranges.map(([range, place]) => {
      const branch = branches[place] as MatchTree<Data, Action>;
      return [range, { branch, exclusive: message.rangeMatchers[place]?.exclusive ?? false }] as const;
    });
    return new IpRangeTree(input, nodes, onNoMatch);
  },
};
