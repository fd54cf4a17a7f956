import type { CelMatcher } from '../../../../api/generated/xds/type/matcher/v3/cel_pb.d.ts';
import type { InputMatcherExtension } from '../../../../sdk/matching.ts';
import { type CelExpression, compileParsed, type Expr } from '../../../common/cel/expression.ts';

/** The expression that stands first in Envoy's eyes. It does not look at `cel_expr_string`. */
function expressionOf({ exprMatch }: CelMatcher): Expr | undefined | 'none' {
  if (exprMatch === undefined) return 'none';
  const { celExprParsed, celExprChecked, exprSpecifier } = exprMatch;
  const chosen = celExprChecked ?? celExprParsed ?? exprSpecifier.value;
  // The messages of google.api.expr.v1alpha1 have the fields of the library's cel.expr.
  return chosen === undefined ? 'none' : (chosen.expr as unknown as Expr | undefined);
}

/** Judges a request by an expression that comes parsed (xds.type.matcher.v3.CelMatcher). */
export const celMatcher: InputMatcherExtension<CelExpression | undefined> = {
  category: 'envoy.matching.input_matchers',
  name: 'envoy.matching.matchers.cel_matcher',
  configTypes: ['xds.type.matcher.v3.CelMatcher'],
  dataType: 'cel_data_input',

  parseConfig(message, ctx) {
    const expr = expressionOf(message as CelMatcher);
    const place = ctx.child('expr_match');
    if (expr === 'none' || expr === undefined) {
      place.error(
        `failed to create an expression: ${expr === 'none' ? 'CEL expression not set.' : 'Invalid empty expression'}`,
      );
      return undefined;
    }
    const compiled = compileParsed(expr, place);
    if (!('error' in compiled)) return compiled;
    place.error(compiled.error);
    return undefined;
  },

  // An evaluation that fails, or gives anything but a boolean, does not match.
  createMatcher: (expression) => ({
    match: () => false,
    matchData: (data) => data.kind === 'request' && expression?.evaluate(data.log, data.streamInfo) === true,
  }),
};
