import type { ResponseFlag } from '../../../sdk/stream-info.ts';

/** All flags in Envoy's order of declaration (envoy/stream_info/stream_info.h). Logs have them in the order of setting. */
export const RESPONSE_FLAGS: readonly ResponseFlag[] = [
  'LH',
  'UH',
  'UT',
  'LR',
  'UR',
  'UF',
  'UC',
  'UO',
  'NR',
  'DI',
  'FI',
  'RL',
  'UAEX',
  'RLSE',
  'DC',
  'URX',
  'SI',
  'IH',
  'DPE',
  'UMSDR',
  'RFCF',
  'NFCF',
  'DT',
  'UPE',
  'NC',
  'OM',
  'DF',
  'DO',
  'DR',
  'UDO',
];

const BIT_OF: ReadonlyMap<ResponseFlag, number> = new Map(RESPONSE_FLAGS.map((flag, index) => [flag, 1 << index]));

/** The flag's bit in a set of flags. */
export function responseFlagBit(flag: ResponseFlag): number {
  return BIT_OF.get(flag) ?? 0;
}

const LONG_NAMES: Readonly<Record<ResponseFlag, string>> = {
  LH: 'FailedLocalHealthCheck',
  UH: 'NoHealthyUpstream',
  UT: 'UpstreamRequestTimeout',
  LR: 'LocalReset',
  UR: 'UpstreamRemoteReset',
  UF: 'UpstreamConnectionFailure',
  UC: 'UpstreamConnectionTermination',
  UO: 'UpstreamOverflow',
  NR: 'NoRouteFound',
  DI: 'DelayInjected',
  FI: 'FaultInjected',
  RL: 'RateLimited',
  UAEX: 'UnauthorizedExternalService',
  RLSE: 'RateLimitServiceError',
  DC: 'DownstreamConnectionTermination',
  URX: 'UpstreamRetryLimitExceeded',
  SI: 'StreamIdleTimeout',
  IH: 'InvalidEnvoyRequestHeaders',
  DPE: 'DownstreamProtocolError',
  UMSDR: 'UpstreamMaxStreamDurationReached',
  RFCF: 'ResponseFromCacheFilter',
  NFCF: 'NoFilterConfigFound',
  DT: 'DurationTimeout',
  UPE: 'UpstreamProtocolError',
  NC: 'NoClusterFound',
  OM: 'OverloadManagerTerminated',
  DF: 'DnsResolutionFailed',
  DO: 'DropOverload',
  DR: 'DownstreamRemoteReset',
  UDO: 'UnconditionalDropOverload',
};

/** As %RESPONSE_FLAGS_LONG% prints it. */
export function longResponseFlag(flag: ResponseFlag): string {
  return LONG_NAMES[flag];
}
