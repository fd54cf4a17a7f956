import type { Admin } from '../../../api/generated/envoy/config/bootstrap/v3/bootstrap_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { type AccessLogConfig, parseAccessLogs } from '../../common/access-log/access-log-config.ts';
import { parseListenAddress } from '../../common/listener/listen-address.ts';
import type { ListenAddress } from '../../common/listener/listener-config.ts';
import { parseStringMatcher } from '../../common/matcher/string-matcher.ts';

/** A checked envoy.config.bootstrap.v3.Admin. */
export interface AdminConfig {
  /** Undefined: no admin interface is served. */
  readonly address: ListenAddress | undefined;
  readonly accessLogs: readonly AccessLogConfig[];
  /** Path of `access_log_path`, '' when there is none. */
  readonly accessLogPath: string;
  readonly ignoreGlobalConnLimit: boolean;
  /** By path with its query. */
  readonly isPathAllowed: (path: string) => boolean;
}

export function parseAdmin(config: Admin, ctx: ConfigContext): AdminConfig {
  ctx.requireSupported(config, [
    'accessLog',
    'accessLogPath',
    'profilePath',
    'address',
    'socketOptions',
    'ignoreGlobalConnLimit',
    'allowPaths',
  ]);
  const allowed = config.allowPaths.map((matcher, i) => parseStringMatcher(matcher, ctx.child('allow_paths', i)));
  return {
    address: config.address === undefined ? undefined : parseListenAddress(config.address, ctx.child('address')),
    accessLogs: parseAccessLogs(config.accessLog, ctx),
    accessLogPath: config.accessLogPath,
    ignoreGlobalConnLimit: config.ignoreGlobalConnLimit,
    isPathAllowed: (path) => allowed.length === 0 || allowed.some((matcher) => matcher.match(path)),
  };
}
