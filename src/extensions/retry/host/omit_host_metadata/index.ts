import type { OmitHostMetadataConfig } from '../../../../../api/generated/envoy/extensions/retry/host/omit_host_metadata/v3/omit_host_metadata_config_pb.d.ts';
import type { RetryHostPredicate, RetryHostPredicateExtension } from '../../../../../sdk/router.ts';
import type { StructValue } from '../../../../../sdk/stream-info.ts';

type LabelSet = readonly (readonly [key: string, value: StructValue])[];

function isEqual(a: StructValue | undefined, b: StructValue): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));
}

/** Refuses hosts whose `envoy.lb` metadata has all of the labels. */
function createPredicate(labels: LabelSet): RetryHostPredicate {
  return {
    shouldSelectAnotherHost: ({ metadata }) => {
      const fields = metadata.get('envoy.lb');
      if (fields === undefined || labels.length === 0) return false;
      return labels.every(([key, value]) => isEqual(fields[key], value));
    },
    onHostAttempted: () => {},
  };
}

/** envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig */
export const omitHostMetadata: RetryHostPredicateExtension<LabelSet> = {
  category: 'envoy.retry_host_predicates',
  name: 'envoy.retry_host_predicates.omit_host_metadata',
  configTypes: ['envoy.extensions.retry.host.omit_host_metadata.v3.OmitHostMetadataConfig'],
  parseConfig(message) {
    const { metadataMatch } = message as OmitHostMetadataConfig;
    return Object.entries(metadataMatch?.filterMetadata['envoy.lb'] ?? {}) as unknown as LabelSet;
  },
  createPredicate,
};
