import type { BytesMeter, ResponseFlag, StreamInfo } from '../../../../sdk/stream-info.ts';
import { longResponseFlag } from '../../stream-info/response-flags.ts';
import { routeResolutionTime } from '../../stream-info/route-resolution-time.ts';
import { bare, type Command, withParams } from '../command-syntax.ts';
import { BytesProvider, ConstantProvider, NumberProvider, TextProvider } from '../provider.ts';

type Entry = readonly [string, Command];

function number(extract: (info: StreamInfo) => number | undefined): Command {
  return bare(new NumberProvider((_context, info) => extract(info)));
}

function bytes(extract: (info: StreamInfo) => string | undefined): Command {
  return bare(new BytesProvider((_context, info) => extract(info)));
}

/** '' is nothing. */
function name(extract: (info: StreamInfo) => string | undefined): Command {
  return bare(new TextProvider((_context, info) => extract(info) || undefined));
}

const meterFields: readonly (readonly [string, (meter: BytesMeter) => number])[] = [
  ['WIRE_BYTES_SENT', (meter) => meter.wireBytesSent],
  ['WIRE_BYTES_RECEIVED', (meter) => meter.wireBytesReceived],
  ['HEADER_BYTES_SENT', (meter) => meter.headerBytesSent],
  ['HEADER_BYTES_RECEIVED', (meter) => meter.headerBytesReceived],
  ['DECOMPRESSED_HEADER_BYTES_SENT', (meter) => meter.decompressedHeaderBytesSent],
  ['DECOMPRESSED_HEADER_BYTES_RECEIVED', (meter) => meter.decompressedHeaderBytesReceived],
];

function meterCommands(side: string, meterOf: (info: StreamInfo) => BytesMeter | undefined): Entry[] {
  return meterFields.map(([field, read]) => [
    `${side}_${field}`,
    number((info) => {
      const meter = meterOf(info);
      return meter === undefined ? 0 : read(meter);
    }),
  ]);
}

function flags(info: StreamInfo, spell: (flag: ResponseFlag) => string): string {
  return info.hasAnyResponseFlag() ? info.responseFlags.map(spell).join(',') : '-';
}

/** `%RESPONSE_CODE_DETAILS(ALLOW_WHITESPACES)%`: whitespace becomes '_' unless allowed. */
const responseCodeDetails = withParams('optional params', 'without length', ({ params }) => {
  if (params === 'ALLOW_WHITESPACES') return new BytesProvider((_context, info) => info.responseCodeDetails);
  return new BytesProvider((_context, info) => info.responseCodeDetails?.replace(/[ \t\n\v\f\r]/g, '_'));
});

/** A variable of the process as it was when the configuration was read. */
const environment = withParams('params', 'with length', ({ params, maxLength }, ctx) => {
  const value = ctx.resources?.environmentVariable(params) ?? '-';
  const constant = new TextProvider(() => value, maxLength);
  return constant;
});

const hostname = {
  ...bare(new ConstantProvider('-')),
  create: (_args: unknown, ctx: Parameters<Command['create']>[1]) => {
    const value = ctx.resources?.hostname;
    return new TextProvider(() => value);
  },
};

const uniqueId = {
  ...bare(new ConstantProvider('-')),
  create: (_args: unknown, ctx: Parameters<Command['create']>[1]) => {
    const { resources } = ctx;
    return new BytesProvider(() => resources?.uuid?.());
  },
};

function roundTripTime({ downstreamConnection }: StreamInfo): number | undefined {
  const { roundTripTimeMs } = downstreamConnection;
  return roundTripTimeMs === undefined ? undefined : Math.floor(roundTripTimeMs);
}

const routeResolutionTimeUs: Command = {
  ...bare(new ConstantProvider('-')),
  create: (_args, { resources }) => {
    routeResolutionTime(resources).isAsked = true;
    return new NumberProvider((_context, { routeResolutions = 0, routeResolutionMs = 0 }) =>
      routeResolutions === 0 ? undefined : Math.floor(routeResolutionMs * 1000),
    );
  },
};

export const streamCommands: readonly Entry[] = [
  ['BYTES_RECEIVED', number((info) => info.bytesReceived)],
  ['BYTES_SENT', number((info) => info.bytesSent)],
  ['BYTES_RETRANSMITTED', number((info) => info.bytesRetransmitted)],
  // Of QUIC only.
  ['PACKETS_RETRANSMITTED', number(() => 0)],
  ...meterCommands('DOWNSTREAM', (info) => info.downstreamBytes),
  ...meterCommands('UPSTREAM', (info) => info.upstreamBytes),
  ['PROTOCOL', bytes((info) => info.protocol)],
  ['RESPONSE_CODE', number((info) => info.responseCode ?? 0)],
  ['RESPONSE_CODE_DETAILS', responseCodeDetails],
  ['CONNECTION_TERMINATION_DETAILS', bytes((info) => info.connectionTerminationDetails)],
  ['RESPONSE_FLAGS', bytes((info) => flags(info, (flag) => flag))],
  ['RESPONSE_FLAGS_LONG', bytes((info) => flags(info, longResponseFlag))],
  ['CUSTOM_FLAGS', bytes((info) => info.customFlags ?? '')],
  ['ROUTE_RESOLUTION_COUNT', number((info) => info.routeResolutions ?? 0)],
  ['ROUTE_RESOLUTION_TIME_US', routeResolutionTimeUs],
  ['ROUTE_NAME', name((info) => info.routeName)],
  ['VIRTUAL_CLUSTER_NAME', name((info) => info.virtualClusterName)],
  ['FILTER_CHAIN_NAME', name((info) => info.filterChainName)],
  ['LISTENER_NAME', name((info) => info.downstreamConnection.listenerName)],
  ['STREAM_ID', bytes((info) => info.requestId)],
  ['ENVIRONMENT', environment],
  ['HOSTNAME', hostname],
  ['UNIQUE_ID', uniqueId],
  ['CONNECTION_ID', number((info) => info.downstreamConnection.connectionId)],
  ['DOWNSTREAM_CX_RTT', number(roundTripTime)],
  ['DOWNSTREAM_LOCAL_CLOSE_REASON', name((info) => info.downstreamConnection.localCloseReason?.replaceAll(' ', '_'))],
  ['DOWNSTREAM_DETECTED_CLOSE_TYPE', bytes((info) => info.detectedCloseType ?? 'Normal')],
  ['DOWNSTREAM_TRANSPORT_FAILURE_REASON', name((info) => info.downstreamTransportFailureReason?.replaceAll(' ', '_'))],
  ['TLS_JA3_FINGERPRINT', name((info) => info.downstreamConnection.ja3Hash)],
  ['TLS_JA4_FINGERPRINT', name((info) => info.downstreamConnection.ja4Hash)],
];
