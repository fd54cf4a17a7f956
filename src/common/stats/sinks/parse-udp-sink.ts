import type { Address as AddressProto } from '../../../../api/generated/envoy/config/core/v3/address_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';
import { parseListenAddress } from '../../listener/listen-address.ts';
import type { UdpStatsdConfig } from './udp-statsd-sink.ts';

const DEFAULT_PREFIX = 'envoy';

interface UdpSinkFields {
  readonly prefix: string;
  readonly maxBytesPerDatagram?: bigint | undefined;
  readonly scaleHistogramUnitsToMilliseconds: boolean;
}

/** What sinks that send datagrams have in common. */
export function parseUdpSink(
  address: AddressProto | undefined,
  { prefix, maxBytesPerDatagram, scaleHistogramUnitsToMilliseconds }: UdpSinkFields,
  ctx: ConfigContext,
): UdpStatsdConfig {
  if (address?.address.case === 'pipe')
    ctx.child('address').child('pipe').fail('datagrams to a pipe are not supported yet');
  const parsed = parseListenAddress(address, ctx.child('address'), true);
  if (parsed === undefined) return ctx.child('address').fail('is no address for datagrams');
  return Object.freeze({
    address: parsed.address,
    prefix: prefix === '' ? DEFAULT_PREFIX : prefix,
    maxBytesPerDatagram: Number(maxBytesPerDatagram ?? 0n),
    scaleToMilliseconds: scaleHistogramUnitsToMilliseconds,
  });
}
