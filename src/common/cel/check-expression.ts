import type { CelEnv, parse } from '@bufbuild/cel';
import type { CelFeatures, PatternTable } from './environment.ts';
import { regexFunctionNames } from './regex-functions.ts';

export type Expr = NonNullable<ReturnType<typeof parse>['expr']>;
type Call = Extract<Expr['exprKind'], { case: 'callExpr' }>['value'];
type CreateStruct = Extract<Expr['exprKind'], { case: 'structExpr' }>['value'];

/** Operators that are no functions to the library. */
const operators: ReadonlySet<string> = new Set(['_[_]', '_?_:_', '_&&_', '_||_']);

export interface CheckContext {
  readonly env: CelEnv;
  readonly features: CelFeatures;
  readonly patterns: PatternTable;
}

/** What Envoy would not build, in its words, or what we cannot answer; undefined when all is well. */
export function checkExpression(expr: Expr, context: CheckContext): string | undefined {
  const { case: kind, value } = expr.exprKind;
  switch (kind) {
    case 'selectExpr':
      return checkAll([value.operand], context);
    case 'callExpr':
      return checkCall(value, context);
    case 'listExpr':
      return checkAll(value.elements, context);
    case 'structExpr':
      return checkStruct(value, context);
    case 'comprehensionExpr':
      return 'failed to create an expression: Comprehension support is disabled';
    case undefined:
      return 'failed to create an expression: Invalid empty expression';
    default:
      return undefined;
  }
}

function checkAll(expressions: readonly (Expr | undefined)[], context: CheckContext): string | undefined {
  for (const expr of expressions) {
    const fault = expr === undefined ? undefined : checkExpression(expr, context);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function checkStruct({ messageName, entries }: CreateStruct, context: CheckContext): string | undefined {
  if (messageName !== '') return `messages (${messageName}) in expressions are not supported yet`;
  return checkAll(
    entries.flatMap(({ keyKind, value }) => [keyKind.case === 'mapKey' ? keyKind.value : undefined, value]),
    context,
  );
}

function checkCall(call: Call, context: CheckContext): string | undefined {
  const { function: name, target, args } = call;
  const namespaced = inNamespace(call, context);
  if (namespaced === undefined && !isKnown(name, context))
    return `failed to create an expression: No overload found in reference resolve step for ${name}`;
  if (namespaced !== undefined) {
    const pattern = args[1] === undefined ? undefined : constantString(args[1]);
    if (pattern !== undefined && regexFunctionNames.has(namespaced)) context.patterns.prepare(pattern);
    return checkAll(args, context);
  }
  if (name === 'matches') {
    const fault = checkPattern(args.at(-1), context.patterns);
    if (fault !== undefined) return fault;
  }
  return checkAll([target, ...args], context);
}

/** `re.extract` of `re.extract(…)`, where there is such a function. */
function inNamespace({ function: name, target }: Call, { env }: CheckContext): string | undefined {
  if (target?.exprKind.case !== 'identExpr') return undefined;
  const whole = `${target.exprKind.value.name}.${name}`;
  return env.funcs.find(whole) === undefined ? undefined : whole;
}

function isKnown(name: string, { env, features }: CheckContext): boolean {
  if (name === 'string' && !features.enableStringConversion) return false;
  return operators.has(name) || env.funcs.find(name) !== undefined;
}

function checkPattern(pattern: Expr | undefined, patterns: PatternTable): string | undefined {
  const text = pattern === undefined ? undefined : constantString(pattern);
  const fault = text === undefined ? undefined : patterns.add(text);
  return fault === undefined ? undefined : `failed to create an expression: ${fault}`;
}

function constantString({ exprKind }: Expr): string | undefined {
  if (exprKind.case !== 'constExpr') return undefined;
  const { constantKind } = exprKind.value;
  return constantKind.case === 'stringValue' ? constantKind.value : undefined;
}
