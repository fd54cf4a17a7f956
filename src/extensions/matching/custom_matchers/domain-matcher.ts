import type { ServerNameMatcher } from '../../../../api/generated/xds/type/matcher/v3/domain_pb.d.ts';
import type { CustomMatcherExtension, MatchInput, MatchResult, MatchTree } from '../../../../sdk/matching.ts';
import { LookupTree } from '../../../common/matcher/match-tree.ts';

/** A whole name, then `*.` wildcards from the longest on, then `*`. */
class DomainTree<Data, Action extends object> extends LookupTree<Data, Action> {
  readonly #branches: ReadonlyMap<string, MatchTree<Data, Action>>;

  /** @param branches by domain as configured */
  constructor(
    input: MatchInput<Data>,
    branches: ReadonlyMap<string, MatchTree<Data, Action>>,
    onNoMatch: MatchTree<Data, Action>,
  ) {
    super(input, onNoMatch);
    this.#branches = branches;
  }

  protected find(name: string, data: Data): MatchResult<Action> {
    if (name === '') return 'no_match';
    const exact = name.includes('*') ? 'no_match' : this.#try(name, data);
    if (exact !== 'no_match') return exact;
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const wildcard = this.#try(`*${name.slice(dot)}`, data);
      if (wildcard !== 'no_match') return wildcard;
    }
    return this.#try('*', data);
  }

  #try(domain: string, data: Data): MatchResult<Action> {
    return this.#branches.get(domain)?.match(data) ?? 'no_match';
  }
}

/** What is wrong with a domain, in Envoy's words. */
function faultOf(domain: string): string | undefined {
  if (domain === '') return 'Empty domain in ServerNameMatcher';
  const star = domain.indexOf('*');
  if (domain === '*' || star < 0) return undefined;
  const what = `Invalid wildcard domain format: ${domain}`;
  if (star > 0 || domain.length < 3 || domain[1] !== '.')
    return `${what}. Only '*' and '*.domain' patterns are supported`;
  return domain.includes('*', 1) ? `${what}. Multiple wildcards are not supported` : undefined;
}

/** `xds.type.matcher.v3.ServerNameMatcher`, of connections and requests. */
export const domainMatcher: Omit<CustomMatcherExtension<ServerNameMatcher>, 'category'> = {
  name: 'envoy.matching.custom_matchers.domain_matcher',
  configTypes: ['xds.type.matcher.v3.ServerNameMatcher'],
  title: 'domain',
  branchField: 'domain_matchers',

  parseConfig(message, ctx) {
    const config = message as ServerNameMatcher;
    const seen = new Set<string>();
    for (const [i, { domains }] of config.domainMatchers.entries()) {
      for (const [j, domain] of domains.entries()) {
        const fault = seen.has(domain) ? `Duplicate domain in ServerNameMatcher: ${domain}` : faultOf(domain);
        if (fault !== undefined) ctx.child('domain_matchers', i).child('domains', j).error(fault);
        seen.add(domain);
      }
    }
    return config;
  },

  branches: ({ domainMatchers }) => domainMatchers.map(({ onMatch }) => onMatch),

  createTree<Data, Action extends object>(
    { domainMatchers }: ServerNameMatcher,
    input: MatchInput<Data>,
    branches: readonly MatchTree<Data, Action>[],
    onNoMatch: MatchTree<Data, Action>,
  ): MatchTree<Data, Action> {
    const byDomain = domainMatchers.flatMap(({ domains }, i) => {
      const branch = branches[i] as MatchTree<Data, Action>;
      return domains.map((domain) => [domain, branch] as const);
    });
    return new DomainTree(input, new Map(byDomain), onNoMatch);
  },
};
