import type { Policy } from '../../../../../api/generated/envoy/config/rbac/v3/rbac_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { noLogContext } from '../../../../common/access-log/log-context.ts';
import { compileParsed, type Expr, noFeatures } from '../../../../common/cel/expression.ts';
import { RequestHeaders } from '../../../../common/headers/header-map.ts';
import { never, type Rule } from './input.ts';

const noHeaders = new RequestHeaders();

/** `condition`, over the attributes of the request as far as it has come; undefined = none. Envoy passes over `checked_condition`. */
export function parseCondition({ condition, celConfig }: Policy, ctx: ConfigContext): Rule | undefined {
  if (condition === undefined) return undefined;
  // The message of google.api.expr.v1alpha1 has the fields of the library's cel.expr.
  const compiled = compileParsed(condition as unknown as Expr, ctx, celConfig ?? noFeatures);
  if ('error' in compiled) {
    ctx.child('condition').error(compiled.error);
    return never;
  }
  return ({ headers, streamInfo }) =>
    compiled.evaluate({ ...noLogContext, requestHeaders: headers ?? noHeaders }, streamInfo) === true;
}
