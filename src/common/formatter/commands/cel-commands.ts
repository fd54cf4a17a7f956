import type { ConfigContext } from '../../../../sdk/config.ts';
import type { LogContext } from '../../../../sdk/extension.ts';
import type { StreamInfo } from '../../../../sdk/stream-info.ts';
import { type CelExpression, type CelFeatures, compileExpression, noFeatures } from '../../cel/expression.ts';
import { structOfValue, textOfValue } from '../../cel/value-text.ts';
import { toByteText, truncate } from '../byte-text.ts';
import { type Command, type CommandArguments, withParams } from '../command-syntax.ts';
import { jsonOfBytes, jsonOfValue } from '../json-text.ts';
import type { FormatProvider } from '../provider.ts';

/** `%CEL(expression):Z%`, `%TYPED_CEL(expression):Z%`: the latter keeps the type in JSON. */
function command(name: 'CEL' | 'TYPED_CEL', features: CelFeatures): Command {
  return withParams('optional params', 'with length', (args, ctx) => create(name, args, features, ctx));
}

function create(
  name: 'CEL' | 'TYPED_CEL',
  { params, maxLength }: CommandArguments,
  features: CelFeatures,
  ctx: ConfigContext,
): FormatProvider | undefined {
  const expression = compileExpression(params, 'expression', ctx, features);
  if ('error' in expression) {
    ctx.error(expression.error);
    return undefined;
  }
  return name === 'CEL' ? new CelProvider(expression, maxLength) : new TypedCelProvider(expression, maxLength);
}

class CelProvider implements FormatProvider {
  readonly expression: CelExpression;
  readonly maxLength: number | undefined;

  constructor(expression: CelExpression, maxLength: number | undefined) {
    this.expression = expression;
    this.maxLength = maxLength;
  }

  text(context: LogContext, info: StreamInfo): string | undefined {
    const value = this.expression.evaluate(context, info);
    return value === undefined ? undefined : truncate(textOfValue(value), this.maxLength);
  }

  json(context: LogContext, info: StreamInfo): string | undefined {
    const text = this.text(context, info);
    return text === undefined ? undefined : jsonOfBytes(text);
  }
}

class TypedCelProvider extends CelProvider {
  override json(context: LogContext, info: StreamInfo): string | undefined {
    const result = this.expression.evaluate(context, info);
    const value = result === undefined ? undefined : structOfValue(result);
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string') return jsonOfBytes(truncate(toByteText(value), this.maxLength));
    return jsonOfValue(value);
  }
}

export function celCommands(features = noFeatures): readonly (readonly [string, Command])[] {
  return [
    ['CEL', command('CEL', features)],
    ['TYPED_CEL', command('TYPED_CEL', features)],
  ];
}
