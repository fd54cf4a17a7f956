import type { StreamInfo, Struct } from '../../../../sdk/stream-info.ts';
import { metadataValue } from '../../stream-info/metadata-path.ts';
import { type Command, withParams } from '../command-syntax.ts';
import { type FormatProvider, ValueProvider } from '../provider.ts';

type MetadataOf = (info: StreamInfo, namespace: string) => Struct | undefined;

/** By the TYPE of `%METADATA(TYPE:NAMESPACE:KEY*)%`. */
const sources: ReadonlyMap<string, MetadataOf> = new Map<string, MetadataOf>([
  ['DYNAMIC', (info, namespace) => info.dynamicMetadata(namespace)],
  ['CLUSTER', (info, namespace) => info.upstreamClusterInfo?.metadata.get(namespace)],
  ['UPSTREAM_HOST', (info, namespace) => info.upstream?.host?.metadata.get(namespace)],
  ['ROUTE', (info, namespace) => info.routeMetadata(namespace)],
  ['LISTENER', (info, namespace) => info.downstreamConnection.listenerMetadata?.get(namespace)],
  ['LISTENER_FILTER_CHAIN', (info, namespace) => info.downstreamConnection.filterChainMetadata?.get(namespace)],
  ['VIRTUAL_HOST', (info, namespace) => info.virtualHostMetadata(namespace)],
]);

function provider(metadataOf: MetadataOf, path: readonly string[], maxLength: number | undefined): FormatProvider {
  const [namespace = '', ...keys] = path;
  return new ValueProvider((_context, info) => metadataValue(metadataOf(info, namespace), keys), maxLength);
}

function command(type: string, length: 'with length' | 'without length'): Command {
  const metadataOf = sources.get(type) as MetadataOf;
  return withParams('params', length, ({ params, maxLength }) => provider(metadataOf, params.split(':'), maxLength));
}

const metadata = withParams('optional params', 'with length', ({ params, maxLength }, ctx) => {
  const [type = '', ...path] = params.split(':');
  const metadataOf = sources.get(type);
  if (metadataOf !== undefined) return provider(metadataOf, path, maxLength);
  ctx.error(`${type} is not supported type of metadata`);
  return undefined;
});

export const metadataCommands: readonly (readonly [string, Command])[] = [
  ['DYNAMIC_METADATA', command('DYNAMIC', 'with length')],
  ['CLUSTER_METADATA', command('CLUSTER', 'without length')],
  ['UPSTREAM_METADATA', command('UPSTREAM_HOST', 'without length')],
  ['METADATA', metadata],
];
