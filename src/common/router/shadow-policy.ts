import type { RouteAction_RequestMirrorPolicy } from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type { RuntimeFraction, ShadowPolicy } from '../../../sdk/router.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { parseMutationList, type RequestMutation } from './mutation-list.ts';
import { parseRuntimeFraction } from './runtime-fraction.ts';

class ConfiguredShadowPolicy implements ShadowPolicy {
  readonly cluster: string;
  readonly clusterHeader: string;
  readonly runtimeFraction: RuntimeFraction | undefined;
  readonly disableHostSuffix: boolean;
  readonly hostRewriteLiteral: string;
  readonly #mutations: readonly RequestMutation[] | undefined;

  constructor(config: RouteAction_RequestMirrorPolicy, mutations: readonly RequestMutation[] | undefined) {
    this.cluster = config.cluster;
    this.clusterHeader = config.clusterHeader.toLowerCase();
    this.runtimeFraction =
      config.runtimeFraction === undefined ? undefined : parseRuntimeFraction(config.runtimeFraction);
    this.disableHostSuffix = config.disableShadowHostSuffixAppend;
    this.hostRewriteLiteral = config.hostRewriteLiteral;
    this.#mutations = mutations;
  }

  finalizeHeaders(headers: RequestHeaderMap, streamInfo: StreamInfo): void {
    for (const mutate of this.#mutations ?? []) mutate(headers, streamInfo);
  }
}

/** `request_mirror_policies`; of the list a level has, `inherited` when it has none. */
export function parseShadowPolicies(
  configs: readonly RouteAction_RequestMirrorPolicy[],
  inherited: readonly ShadowPolicy[],
  ctx: ConfigContext,
): readonly ShadowPolicy[] {
  if (configs.length === 0) return inherited;
  return configs.map((config, i) => parseShadowPolicy(config, ctx.child('request_mirror_policies', i)));
}

function parseShadowPolicy(config: RouteAction_RequestMirrorPolicy, ctx: ConfigContext): ShadowPolicy {
  const { cluster, clusterHeader } = config;
  if (cluster !== '' && clusterHeader !== '') {
    ctx.error(
      `Only one of cluster '${cluster}' or cluster_header '${clusterHeader}' in request mirror policy can be specified`,
    );
  } else if (cluster === '' && clusterHeader === '') {
    ctx.error('Exactly one of cluster or cluster_header in request mirror policy need to be specified');
  }
  return new ConfiguredShadowPolicy(config, parseMutationList(config.requestHeadersMutations, ctx));
}
