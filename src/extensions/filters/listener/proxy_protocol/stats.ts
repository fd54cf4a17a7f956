import type { Counter, Scope } from '../../../../../sdk/stats.ts';
import type { ProxyVersion } from '../../../../codec/proxy-protocol/proxy-header.ts';

interface VersionStats {
  readonly found: Counter;
  readonly disallowed: Counter;
  readonly error: Counter;
}

/** `proxy_proto.[<stat_prefix>.]` */
export class ProxyProtocolStats {
  readonly downstreamCxProxyProtoError: Counter;
  readonly notFoundAllowed: Counter;
  readonly notFoundDisallowed: Counter;
  readonly versions: Readonly<Record<ProxyVersion, VersionStats>>;

  constructor(root: Scope, statPrefix: string) {
    this.downstreamCxProxyProtoError = root.counter('downstream_cx_proxy_proto_error');
    const scope = root.scope(statPrefix === '' ? 'proxy_proto' : `proxy_proto.${statPrefix}`);
    this.notFoundAllowed = scope.counter('not_found_allowed');
    this.notFoundDisallowed = scope.counter('not_found_disallowed');
    this.versions = { v1: versionStats(scope, 'v1'), v2: versionStats(scope, 'v2') };
  }
}

function versionStats(scope: Scope, version: ProxyVersion): VersionStats {
  const name = (statistic: string): string => `versions.${version}.${statistic}`;
  return {
    found: scope.counter(name('found')),
    disallowed: scope.counter(name('disallowed')),
    error: scope.counter(name('error')),
  };
}
