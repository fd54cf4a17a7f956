import type {
  RBACPerRoute,
  RBAC as RbacProto,
} from '../../../../../api/generated/envoy/extensions/filters/http/rbac/v3/rbac_pb.ts';
import { defineHttpFilter } from '../../../../../sdk/extension.ts';
import { createRbacJudge, parseRbac, type RbacConfig } from '../../common/rbac/http-judge.ts';
import { RbacFilter } from './filter.ts';

const name = 'envoy.filters.http.rbac';

/** envoy.filters.http.rbac: who may do what. */
export const rbac = defineHttpFilter<RbacConfig, RbacConfig>({
  name,
  configTypes: ['envoy.extensions.filters.http.rbac.v3.RBAC'],
  perRouteConfigTypes: ['envoy.extensions.filters.http.rbac.v3.RBACPerRoute'],

  parseConfig: (message, ctx) => parseRbac(message as RbacProto, ctx),

  parsePerRouteConfig: (message, ctx) => parseRbac((message as RBACPerRoute).rbac, ctx.child('rbac')),

  createFilterFactory(config, context) {
    const judge = createRbacJudge(name, config, context);
    return () => new RbacFilter(judge);
  },
});
