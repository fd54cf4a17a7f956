import type { RuntimeFractionalPercent } from '../../../api/generated/envoy/config/core/v3/base_pb.d.ts';
import type { FractionalPercent } from '../../../api/generated/envoy/type/v3/percent_pb.d.ts';
import type { Runtime } from '../../../sdk/extension.ts';
import type { RuntimeFraction } from '../../../sdk/router.ts';

/** By FractionalPercent.DenominatorType. */
const DENOMINATORS: readonly RuntimeFraction['denominator'][] = [100, 10_000, 1_000_000];

export function parseFraction(percent: FractionalPercent | undefined): Omit<RuntimeFraction, 'runtimeKey'> {
  return {
    numerator: percent?.numerator ?? 0,
    denominator: DENOMINATORS[percent?.denominator ?? 0] ?? 100,
  };
}

export function parseRuntimeFraction(config: RuntimeFractionalPercent): RuntimeFraction {
  return Object.freeze({ runtimeKey: config.runtimeKey, ...parseFraction(config.defaultValue) });
}

/** Undefined when nothing is configured. */
export function parseOptionalFraction(config: RuntimeFractionalPercent | undefined): RuntimeFraction | undefined {
  return config === undefined ? undefined : parseRuntimeFraction(config);
}

/** A draw of its own; `fallback` where nothing is configured. */
export function isDrawn(fraction: RuntimeFraction | undefined, runtime: Runtime, fallback: boolean): boolean {
  if (fraction === undefined) return fallback;
  return runtime.snapshot.featureEnabled(fraction.runtimeKey, fraction.numerator, fraction.denominator);
}
