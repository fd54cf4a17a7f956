import type { StreamInfo, UpstreamInfo } from '../../../../sdk/stream-info.ts';
import type { Host } from '../../../../sdk/upstream.ts';
import { bare, type Command } from '../command-syntax.ts';
import { NumberProvider, TextProvider } from '../provider.ts';

function number(extract: (info: StreamInfo) => number | undefined): Command {
  return bare(new NumberProvider((_context, info) => extract(info)));
}

/** '' is nothing. */
function text(extract: (upstream: UpstreamInfo, info: StreamInfo) => string | undefined): Command {
  return bare(
    new TextProvider((_context, info) => {
      const { upstream } = info;
      return upstream === undefined ? undefined : extract(upstream, info) || undefined;
    }),
  );
}

function hostName(host: Host): string {
  return host.hostname === '' ? host.address.asString : host.hostname;
}

/** `name:80` and `[::1]:80` without the port; anything else as it is. */
function stripPort(name: string): string {
  return /^(?:[^:]*|\[.*\]):\d{1,5}$/.test(name) ? name.slice(0, name.lastIndexOf(':')) : name;
}

function withoutPort({ address }: Host): string {
  return address.kind === 'ip' ? address.ip : address.asString;
}

function attempted(spell: (host: Host) => string): Command {
  return text((upstream) => upstream.hostsAttempted.map(spell).join(','));
}

export const upstreamCommands: readonly (readonly [string, Command])[] = [
  ['UPSTREAM_HOST', text(({ host }) => host?.address.asString)],
  ['UPSTREAM_HOST_NAME', text(({ host }) => host && hostName(host))],
  ['UPSTREAM_HOST_NAME_WITHOUT_PORT', text(({ host }) => host && stripPort(hostName(host)))],
  ['UPSTREAM_HOSTS_ATTEMPTED', attempted((host) => host.address.asString)],
  ['UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT', attempted(withoutPort)],
  ['UPSTREAM_HOST_NAMES_ATTEMPTED', attempted(hostName)],
  ['UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT', attempted((host) => stripPort(hostName(host)))],
  ['UPSTREAM_CONNECTION_ID', number((info) => info.upstream?.connectionId ?? 0)],
  ['UPSTREAM_CONNECTION_IDS_ATTEMPTED', text((upstream) => upstream.connectionIdsAttempted.join(','))],
  [
    'UPSTREAM_CLUSTER',
    bare(new TextProvider((_context, info) => info.upstreamClusterInfo?.observabilityName || undefined)),
  ],
  ['UPSTREAM_CLUSTER_RAW', bare(new TextProvider((_context, info) => info.upstreamClusterInfo?.name || undefined))],
  ['UPSTREAM_REQUEST_ATTEMPT_COUNT', number((info) => info.attemptCount ?? 0)],
  ['UPSTREAM_PROTOCOL', text((upstream) => upstream.protocol)],
  ['UPSTREAM_TRANSPORT_FAILURE_REASON', text((upstream) => upstream.transportFailureReason.replaceAll(' ', '_'))],
  ['UPSTREAM_SERVER_NAME', text((upstream) => upstream.connectionInfo?.requestedServerName)],
  ['UPSTREAM_LOCAL_CLOSE_REASON', text((upstream) => upstream.connectionInfo?.localCloseReason?.replaceAll(' ', '_'))],
  ['UPSTREAM_DETECTED_CLOSE_TYPE', text(({ detectedCloseType }) => detectedCloseType ?? 'Normal')],
];
