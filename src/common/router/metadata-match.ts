import type { Metadata } from '../../../api/generated/envoy/config/core/v3/base_pb.d.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';

/** Fields of `envoy.lb` in `metadata_match`: what subset load balancers match hosts with. Undefined when there is none. */
export function parseMetadataMatch(metadata: Metadata | undefined): ReadonlyMap<string, unknown> | undefined {
  const fields = metadata?.filterMetadata['envoy.lb'];
  return fields === undefined ? undefined : new Map(Object.entries(fields));
}

/** A weighted cluster's fields stand over its route's. */
export function mergeMetadataMatch(
  route: ReadonlyMap<string, unknown> | undefined,
  cluster: ReadonlyMap<string, unknown> | undefined,
): ReadonlyMap<string, unknown> | undefined {
  if (route === undefined || cluster === undefined) return cluster ?? route;
  return new Map([...route, ...cluster]);
}

/** What filters put into the dynamic metadata `envoy.lb` stands over what is configured. */
export function withDynamicMatch(
  configured: ReadonlyMap<string, unknown> | undefined,
  streamInfo: StreamInfo,
): ReadonlyMap<string, unknown> | undefined {
  const dynamic = streamInfo.dynamicMetadata('envoy.lb');
  return dynamic === undefined ? configured : mergeMetadataMatch(configured, new Map(Object.entries(dynamic)));
}
