import type { LayeredRuntime } from '../../../api/generated/envoy/config/bootstrap/v3/bootstrap_pb.d.ts';
import type { DeprecatedFeatures } from '../../common/proto/deprecation.ts';
import { flattenLayer } from '../../common/runtime/runtime-entry.ts';
import { LayeredRuntimeSnapshot } from '../../common/runtime/runtime-snapshot.ts';

const noChance = { random: () => 0, uuid: () => '' };

/** What the static layers of the runtime say of deprecated fields in packed messages. */
export function deprecatedFeatures(runtime: LayeredRuntime | undefined): DeprecatedFeatures {
  const layers = (runtime?.layers ?? []).flatMap(({ name, layerSpecifier }) =>
    layerSpecifier.case === 'staticLayer' ? [{ name, values: flattenLayer(layerSpecifier.value) }] : [],
  );
  const snapshot = new LayeredRuntimeSnapshot(layers, noChance);
  const failsOnAny = snapshot.getBoolean('envoy.features.fail_on_any_deprecated_feature', false);
  return (fieldName, disallowed) => {
    const byDefault = !failsOnAny && !disallowed;
    const unlessNamed = snapshot.getBoolean('envoy.features.enable_all_deprecated_features', byDefault);
    const allowed = snapshot.getBoolean(`envoy.deprecated_features:${fieldName}`, unlessNamed);
    return allowed ? (byDefault ? 'allowed' : 'allowed by runtime') : 'refused';
  };
}
