import type {
  Decorator as DecoratorConfig,
  Tracing as TracingConfig,
} from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { CustomTag } from '../../../api/generated/envoy/type/tracing/v3/custom_tag_pb.d.ts';
import type { Percent } from '../../../api/generated/envoy/type/v3/percent_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { Decorator, Fraction, TracingSampling } from '../../../sdk/router.ts';
import { parseHeaderFormat } from './header-format.ts';
import { parseFraction } from './runtime-fraction.ts';

export function parseDecorator(config: DecoratorConfig | undefined): Decorator | undefined {
  return config && { operation: config.operation, propagate: config.propagate ?? true };
}

export function parseRouteTracing(config: TracingConfig, ctx: ConfigContext): TracingSampling {
  checkSpanFormats(config, ctx);
  const { clientSampling, randomSampling, overallSampling } = config;
  return {
    client: clientSampling && parseFraction(clientSampling),
    random: randomSampling && parseFraction(randomSampling),
    overall: overallSampling && parseFraction(overallSampling),
  };
}

/** Whole percents. */
export function percentFraction(percent: Percent | undefined): Fraction | undefined {
  return percent && { numerator: Math.trunc(percent.value), denominator: 100 };
}

/** Percents with two decimals. */
export function finePercentFraction(percent: Percent | undefined): Fraction | undefined {
  return percent && { numerator: Math.round(percent.value * 100), denominator: 10_000 };
}

/** What only a span would tell: there is none without a tracer, but its formats are read. */
export function checkSpanFormats(
  config: { readonly operation: string; readonly upstreamOperation: string; readonly customTags: readonly CustomTag[] },
  ctx: ConfigContext,
): void {
  if (config.operation !== '') parseHeaderFormat(config.operation, ctx.child('operation'));
  if (config.upstreamOperation !== '') parseHeaderFormat(config.upstreamOperation, ctx.child('upstream_operation'));
  for (const [i, { type }] of config.customTags.entries()) {
    if (type.case === 'value') parseHeaderFormat(type.value, ctx.child('custom_tags', i).child('value'));
  }
}
