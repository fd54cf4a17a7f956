import type { Cluster_TransportSocketMatch } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.d.ts';
import type { TransportSocket } from '../../../api/generated/envoy/config/core/v3/base_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { resolveExtension, type TransportSocketExtension } from '../../../sdk/extension.ts';
import type { Struct } from '../../../sdk/stream-info.ts';

export interface ConfiguredTransportSocket {
  readonly extension: TransportSocketExtension;
  readonly config: unknown;
}

/** A transport socket for hosts whose metadata say so. */
export interface TransportSocketMatch {
  readonly name: string;
  /** What a host's metadata must have under `envoy.transport_socket_match`; empty matches every host. */
  readonly match: Struct;
  /** Undefined = bytes as they are; or while the collector has the reason. */
  readonly socket: ConfiguredTransportSocket | undefined;
}

const namespace = 'envoy.transport_socket_match';
export function parseTransportSocketMatches(
  matches: readonly Cluster_TransportSocketMatch[],
  ctx: ConfigContext,
): TransportSocketMatch[] {
  return matches.map(({ name, match, transportSocket }, i) => {
    const at = ctx.child('transport_socket_matches', i).child('transport_socket');
    if (transportSocket === undefined) at.error("Didn't find a registered implementation for '' with type URL: ''");
    return { name, match: (match ?? {}) as Struct, socket: parseTransportSocket(transportSocket, at) };
  });
}

export function parseTransportSocket(
  socket: TransportSocket | undefined,
  ctx: ConfigContext,
): ConfiguredTransportSocket | undefined {
  if (socket === undefined) return undefined;
  const { name, configType } = socket;
  const typedConfig = configType.case === 'typedConfig' ? configType.value : undefined;
  return resolveExtension<TransportSocketExtension>(ctx, 'envoy.transport_sockets.upstream', { name, typedConfig });
}

/** The first match that a host's metadata meet, else its locality's; undefined = the cluster's own transport socket. */
export function findTransportSocketMatch<M extends Pick<TransportSocketMatch, 'match'>>(
  matches: readonly M[],
  ofHost: ReadonlyMap<string, Struct>,
  ofLocality: ReadonlyMap<string, Struct>,
): M | undefined {
  return findByLabels(matches, ofHost.get(namespace)) ?? findByLabels(matches, ofLocality.get(namespace));
}

function findByLabels<M extends Pick<TransportSocketMatch, 'match'>>(
  matches: readonly M[],
  labels: Struct | undefined,
): M | undefined {
  return matches.find(({ match }) =>
    Object.entries(match).every(([key, value]) => labels !== undefined && isSame(labels[key], value)),
  );
}

/** Of JSON values, whatever the order of their keys. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  const other = new Map<string, unknown>(right);
  return left.length === right.length && left.every(([key, value]) => other.has(key) && isSame(value, other.get(key)));
}
