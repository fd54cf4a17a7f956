import type { StreamResetReason } from '../../../sdk/codec.ts';
import type { ResponseFlag } from '../../../sdk/stream-info.ts';
import type { PoolFailureReason } from '../../../sdk/upstream.ts';

/** How Envoy words a reason in answers and details (Http::Utility::resetReasonToString). */
const TEXTS: Readonly<Record<StreamResetReason, string>> = {
  LocalReset: 'local reset',
  LocalRefusedStreamReset: 'local refused stream reset',
  RemoteReset: 'remote reset',
  RemoteRefusedStreamReset: 'remote refused stream reset',
  LocalConnectionFailure: 'local connection failure',
  RemoteConnectionFailure: 'remote connection failure',
  ConnectionTimeout: 'connection timeout',
  ConnectionTermination: 'connection termination',
  Overflow: 'overflow',
  ConnectError: 'remote error with CONNECT request',
  ProtocolError: 'protocol error',
  OverloadManager: 'overload manager reset',
  Http1PrematureUpstreamHalfClose: 'HTTP/1 premature upstream half close',
};

const FLAGS: Readonly<Record<StreamResetReason, ResponseFlag>> = {
  LocalReset: 'LR',
  LocalRefusedStreamReset: 'LR',
  RemoteReset: 'UR',
  RemoteRefusedStreamReset: 'UR',
  LocalConnectionFailure: 'UF',
  RemoteConnectionFailure: 'UF',
  ConnectionTimeout: 'UF',
  ConnectionTermination: 'UC',
  Overflow: 'UO',
  ConnectError: 'UR',
  ProtocolError: 'UPE',
  OverloadManager: 'OM',
  Http1PrematureUpstreamHalfClose: 'UC',
};

/** Of the answer; a failure of the transport is told unless it is ''. */
export function resetBody(reason: StreamResetReason, transportFailureReason: string, isRetry: boolean): string {
  const retried = isRetry ? 'retried and the latest ' : '';
  const cause = transportFailureReason === '' ? '' : `, transport failure reason: ${transportFailureReason}`;
  return `upstream connect error or disconnect/reset before headers. ${retried}reset reason: ${TEXTS[reason]}${cause}`;
}

export function resetReasonFlag(reason: StreamResetReason): ResponseFlag {
  return FLAGS[reason];
}

export function poolFailureToReset(reason: PoolFailureReason): StreamResetReason {
  return reason === 'Timeout' ? 'ConnectionTimeout' : reason;
}

/** `upstream_reset_before_response_started{remote_connection_failure|…}`. */
export function resetDetails(
  reason: StreamResetReason,
  transportFailureReason: string,
  responseStarted: boolean,
): string {
  const when = responseStarted ? 'upstream_reset_after_response_started' : 'upstream_reset_before_response_started';
  const why = transportFailureReason === '' ? TEXTS[reason] : `${TEXTS[reason]}|${transportFailureReason}`;
  return `${when}{${why}}`.replace(/\s/g, '_');
}
