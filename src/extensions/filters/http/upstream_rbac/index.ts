import type { RBAC as RbacProto } from '../../../../../api/generated/envoy/extensions/filters/http/rbac/v3/rbac_pb.ts';
import { defineUpstreamHttpFilter } from '../../../../../sdk/extension.ts';
import { createRbacJudge, parseRbac, type RbacConfig } from '../../common/rbac/http-judge.ts';
import { UpstreamRbacFilter } from './filter.ts';

const name = 'envoy.filters.http.upstream_rbac';

/** envoy.filters.http.upstream_rbac: which hosts requests may come to. On routes it is configured as rbac is. */
export const upstreamRbac = defineUpstreamHttpFilter<RbacConfig>({
  name,
  configTypes: ['envoy.extensions.filters.http.rbac.v3.RBAC'],

  parseConfig: (message, ctx) => parseRbac(message as RbacProto, ctx),

  createFilterFactory(config, context) {
    const judge = createRbacJudge(name, config, context);
    return () => new UpstreamRbacFilter(judge);
  },
});
