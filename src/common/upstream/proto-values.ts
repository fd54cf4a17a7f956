/** Readings of well-known messages that cluster configuration is full of. */
import type { Duration } from '@bufbuild/protobuf/wkt';
import type { Metadata } from '../../../api/generated/envoy/config/core/v3/base_pb.ts';
import type { Struct } from '../../../sdk/stream-info.ts';

/** Milliseconds with fractions; undefined stays so. */
export function durationMs(duration: Duration | undefined): number | undefined {
  return duration === undefined ? undefined : Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}

/** `filter_metadata` by namespace. */
export function metadataMap(metadata: Metadata | undefined): ReadonlyMap<string, Struct> {
  return metadata === undefined ? NO_METADATA : new Map(Object.entries(metadata.filterMetadata) as [string, Struct][]);
}

export const NO_METADATA: ReadonlyMap<string, Struct> = Object.freeze(new Map<string, Struct>([]));
