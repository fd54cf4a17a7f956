import type { CelInput } from '@bufbuild/cel';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { tlsAttributes } from './connection-attributes.ts';
import type { AttributeTable } from './lazy-map.ts';
import { celLibrary } from './library.ts';
import { localityMessage } from './message-map.ts';
import { durationOf } from './time-values.ts';

function port(info: StreamInfo): bigint | undefined {
  const address = info.upstream?.host?.address;
  return address?.kind === 'ip' ? BigInt(address.port) : undefined;
}

function endpoints({ upstream }: StreamInfo): CelInput | undefined {
  const count = upstream?.host?.cluster.endpointCount;
  return count === undefined ? undefined : celLibrary().celUint(BigInt(count));
}

function poolReadyDuration(info: StreamInfo): CelInput | undefined {
  const ms = info.upstream?.timing.connectionPoolCallbackLatencyMs;
  return ms === undefined ? undefined : durationOf(ms);
}

export const upstreamAttributes: AttributeTable<StreamInfo> = new Map<
  string,
  (info: StreamInfo) => CelInput | undefined
>([
  ['address', (info) => info.upstream?.host?.address.asString],
  ['port', port],
  ['local_address', (info) => info.upstream?.connectionInfo?.localAddress.asString],
  ['transport_failure_reason', (info) => info.upstream?.transportFailureReason],
  ['request_attempt_count', (info) => celLibrary().celUint(BigInt(info.attemptCount ?? 0))],
  ['cx_pool_ready_duration', poolReadyDuration],
  ['locality', (info) => info.upstream?.host && localityMessage(info.upstream.host.locality)],
  ['num_endpoints', endpoints],
  ...tlsAttributes((info: StreamInfo) => info.upstream?.connectionInfo?.ssl),
]);
