import type {
  ClusterAction,
  MatcherClusterSpecifier,
} from '../../../../../api/generated/envoy/extensions/router/cluster_specifiers/matcher/v3/matcher_pb.d.ts';
import type { Matcher } from '../../../../../api/generated/xds/type/matcher/v3/matcher_pb.d.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { HttpMatchingData, MatchTreeFactory, NamedExtension } from '../../../../../sdk/matching.ts';
import type { ClusterSpecifierExtension } from '../../../../../sdk/router.ts';
import { parseMatchTree } from '../../../../common/matcher/parse-match-tree.ts';

const CLUSTER_ACTION = 'envoy.extensions.router.cluster_specifiers.matcher.v3.ClusterAction';

interface NamedCluster {
  readonly cluster: string;
}
type ClusterTree = MatchTreeFactory<HttpMatchingData, NamedCluster>;

function parse({ clusterMatcher }: MatcherClusterSpecifier, ctx: ConfigContext): ClusterTree {
  return parseMatchTree<HttpMatchingData, NamedCluster>(
    clusterMatcher as Matcher,
    { inputs: 'envoy.matching.http.input', parseAction },
    ctx.child('cluster_matcher'),
  );
}

function parseAction({ name, typedConfig }: NamedExtension, ctx: ConfigContext): NamedCluster | undefined {
  const message = typedConfig && ctx.child('typed_config').unpack(typedConfig);
  if (message?.$typeName === CLUSTER_ACTION) return { cluster: (message as ClusterAction).cluster };
  ctx.error(`Didn't find a registered implementation for '${name}' with type URL: '${message?.$typeName ?? ''}'`, {
    expected: `typed_config of type.googleapis.com/${CLUSTER_ACTION}`,
  });
  return undefined;
}

/** The cluster that a matcher tree ends in, by what has come of the request (MatcherClusterSpecifier). */
export const matcherClusterSpecifier: ClusterSpecifierExtension<ClusterTree> = {
  category: 'envoy.router.cluster_specifier_plugin',
  name: 'envoy.router.cluster_specifier_plugin.matcher',
  configTypes: ['envoy.extensions.router.cluster_specifiers.matcher.v3.MatcherClusterSpecifier'],
  parseConfig: (message, ctx) => parse(message as MatcherClusterSpecifier, ctx),
  createClusterSpecifier(factory, context) {
    const tree = factory(context);
    return {
      cluster({ headers, streamInfo }) {
        const result = tree.match({
          streamInfo,
          requestHeaders: headers,
          requestTrailers: undefined,
          responseHeaders: undefined,
          responseTrailers: undefined,
        });
        return typeof result === 'string' ? undefined : result.cluster;
      },
    };
  },
};
