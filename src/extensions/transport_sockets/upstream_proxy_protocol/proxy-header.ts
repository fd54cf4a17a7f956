import type { ProxyProtocolOptions, ProxyProtocolTlv, TransportSocketCallbacks } from '../../../../sdk/network.ts';
import type { Counter } from '../../../../sdk/stats.ts';
import { writeV1, writeV2, writeV2Local } from '../../../codec/proxy-protocol/write-proxy-header.ts';
import type { ProxyHeaderConfig } from './config.ts';

/**
 * The header of a connection. Without a client (`options` undefined) version 1 tells of the connection itself, version 2
 * that it is the proxy's own.
 */
export function proxyHeader(
  config: ProxyHeaderConfig,
  options: ProxyProtocolOptions | undefined,
  { info, streamInfo }: Pick<TransportSocketCallbacks, 'info' | 'streamInfo'>,
  tlvsExceedMaxLength: Counter,
): Uint8Array {
  if (config.version === 'v1') {
    return writeV1(options?.source ?? info.localAddress, options?.destination ?? info.remoteAddress);
  }
  if (options === undefined) return writeV2Local();
  const added = config.addedTlvs.of(streamInfo);
  const tlvs = [...added, ...passedOn(options.tlvs, config, added)];
  const { header, isWhole } = writeV2(options.source, options.destination, tlvs);
  if (!isWhole) tlvsExceedMaxLength.inc();
  return header;
}

/** Added ones stand over those of the client of the same type. */
function passedOn(
  tlvs: readonly ProxyProtocolTlv[],
  { passThrough }: ProxyHeaderConfig,
  added: readonly ProxyProtocolTlv[],
): readonly ProxyProtocolTlv[] {
  return tlvs.filter(
    ({ type }) => (passThrough === 'all' || passThrough.has(type)) && !added.some((own) => own.type === type),
  );
}
