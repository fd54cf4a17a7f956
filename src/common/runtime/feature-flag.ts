import type { RuntimeFeatureFlag } from '../../../api/generated/envoy/config/core/v3/base_pb.d.ts';
import type { Runtime } from '../../../sdk/extension.ts';

/** A switch that runtime may turn. */
export interface FeatureFlag {
  readonly runtimeKey: string;
  readonly fallback: boolean;
}

/** What is not configured is on, as in Envoy. */
export function parseFeatureFlag(flag: RuntimeFeatureFlag | undefined): FeatureFlag {
  return { runtimeKey: flag?.runtimeKey ?? '', fallback: flag?.defaultValue ?? true };
}

export function isEnabled({ runtimeKey, fallback }: FeatureFlag, runtime: Runtime): boolean {
  return runtimeKey === '' ? fallback : runtime.snapshot.getBoolean(runtimeKey, fallback);
}
