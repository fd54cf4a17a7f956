import type { CelEnv, CelValue, plan } from '@bufbuild/cel';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { LogContext } from '../../../sdk/extension.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { Attributes } from './attributes.ts';
import { checkExpression, type Expr } from './check-expression.ts';
import { type CelFeatures, createEnvironment, PatternTable } from './environment.ts';
import { celLibrary } from './library.ts';

export type { CelFeatures, Expr };

/** An expression of the Common Expression Language over Envoy's attributes, compiled. */
export interface CelExpression {
  /** Undefined when the evaluation failed: an attribute that is not there, operands that do not fit. */
  evaluate(log: LogContext, info: StreamInfo): CelValue | undefined;
}

/** Compiled, or why Envoy would not. */
export type CompiledExpression = CelExpression | { readonly error: string };

/** What a plain expression has: Envoy's defaults. */
export const noFeatures: CelFeatures = {
  enableStringConversion: false,
  enableStringConcat: false,
  enableStringFunctions: false,
};

/**
 * Compiles an expression, or says why Envoy would not.
 * @param what how the error calls it: `expression` or `filter expression`
 */
export function compileExpression(
  text: string,
  what: string,
  ctx: ConfigContext,
  features: CelFeatures = noFeatures,
): CompiledExpression {
  const expr = parseExpression(text);
  if ('error' in expr) return { error: `Not able to parse ${what}: INVALID_ARGUMENT: ERROR: ${expr.error}` };
  return compileParsed(expr, ctx, features);
}

/** The same for an expression that comes parsed. */
export function compileParsed(expr: Expr, ctx: ConfigContext, features: CelFeatures = noFeatures): CompiledExpression {
  const patterns = new PatternTable();
  const env = createEnvironment(features, patterns);
  const fault = checkExpression(expr, { env, features, patterns });
  if (fault !== undefined) return { error: fault };
  const { isCelError } = celLibrary();
  const evaluate = planned(env, expr);
  if (typeof evaluate === 'string') return { error: evaluate };
  const node = ctx.resources?.node;
  return {
    evaluate: (log, info) => {
      const result = evaluate(new Attributes(log, info, node));
      return isCelError(result) ? undefined : result;
    },
  };
}

/** What is wrong, where the parts of an expression that came parsed do not make one. */
function planned(env: CelEnv, expr: Expr): ((bindings: Attributes) => ReturnType<ReturnType<typeof plan>>) | string {
  try {
    return celLibrary().plan(env, expr) as unknown as Exclude<ReturnType<typeof planned>, string>;
  } catch (error) {
    if (error instanceof Error) return `failed to create an expression: ${error.message}`;
    throw error;
  }
}

function parseExpression(text: string): Expr | { readonly error: string } {
  try {
    return celLibrary().parse(text).expr ?? { error: 'no expression' };
  } catch (error) {
    if (error instanceof Error) return { error: error.message };
    throw error;
  }
}
