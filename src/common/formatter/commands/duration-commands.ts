import type { StreamInfo } from '../../../../sdk/stream-info.ts';
import { bare, type Command, withParams } from '../command-syntax.ts';
import { NumberProvider } from '../provider.ts';

/** A moment in monotonic milliseconds. */
type TimePoint = (info: StreamInfo) => number | undefined;

const start: TimePoint = (info) => info.startTimeMonotonicMs;

/** Time points of `%COMMON_DURATION(START:END:PRECISION)%`. */
const timePoints: ReadonlyMap<string, TimePoint> = new Map<string, TimePoint>([
  ['DS_RX_BEG', start],
  ['DS_RX_END', (info) => info.downstreamTiming.lastDownstreamRxByteReceivedMs],
  ['US_CX_BEG', (info) => info.upstream?.timing.connectStartMs],
  ['US_CX_END', (info) => info.upstream?.timing.connectCompleteMs],
  ['US_HS_END', (info) => info.upstream?.timing.handshakeCompleteMs],
  ['US_TX_BEG', (info) => info.upstream?.timing.firstUpstreamTxByteSentMs],
  ['US_TX_END', (info) => info.upstream?.timing.lastUpstreamTxByteSentMs],
  ['US_RX_BEG', (info) => info.upstream?.timing.firstUpstreamRxByteReceivedMs],
  ['US_RX_BODY_BEG', (info) => info.upstream?.timing.firstUpstreamRxBodyByteReceivedMs],
  ['US_RX_END', (info) => info.upstream?.timing.lastUpstreamRxByteReceivedMs],
  ['DS_TX_BEG', (info) => info.downstreamTiming.firstDownstreamTxByteSentMs],
  ['DS_TX_END', (info) => info.downstreamTiming.lastDownstreamTxByteSentMs],
]);

/** Other names are of time points that filters set; none does, so they are never there. */
const never: TimePoint = () => undefined;

const unitsPerMs: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['us', 1000],
  ['ns', 1_000_000],
]);

/** Whole milliseconds from one point to another. */
function between(from: TimePoint, to: TimePoint): Command {
  return bare(
    new NumberProvider((_context, info) => {
      const begin = from(info);
      const end = to(info);
      return begin === undefined || end === undefined ? undefined : Math.trunc(end - begin);
    }),
  );
}

const commonDuration = withParams('params', 'without length', ({ params }, ctx) => {
  const [from = '', to = '', precision = 'ms', ...rest] = params.split(':');
  if (to === '' && !params.includes(':')) ctx.error(`Invalid common duration configuration: ${params}.`);
  if (rest.length > 0) ctx.error(`Invalid common duration configuration: ${params}.`);
  const units = unitsPerMs.get(precision);
  if (units === undefined) {
    if (rest.length === 0) ctx.error(`Invalid common duration precision: ${precision}.`);
    return undefined;
  }
  const begin = timePoints.get(from) ?? never;
  const end = timePoints.get(to) ?? never;
  return new NumberProvider((_context, info) => {
    const fromMs = begin(info);
    const toMs = end(info);
    if (fromMs === undefined || toMs === undefined || toMs < fromMs) return undefined;
    return Math.trunc((toMs - fromMs) * units);
  });
});

function duration(info: StreamInfo): number {
  return info.requestCompleteMs ?? info.timeSource.monotonicTimeMs();
}

export const durationCommands: readonly (readonly [string, Command])[] = [
  ['DURATION', between(start, duration)],
  ['COMMON_DURATION', commonDuration],
  ['REQUEST_DURATION', between(start, (info) => info.downstreamTiming.lastDownstreamRxByteReceivedMs)],
  ['REQUEST_TX_DURATION', between(start, (info) => info.upstream?.timing.lastUpstreamTxByteSentMs)],
  ['RESPONSE_DURATION', between(start, (info) => info.upstream?.timing.firstUpstreamRxByteReceivedMs)],
  [
    'RESPONSE_TX_DURATION',
    between(
      (info) => info.upstream?.timing.firstUpstreamRxByteReceivedMs,
      (info) => info.downstreamTiming.lastDownstreamTxByteSentMs,
    ),
  ],
  ['DOWNSTREAM_HANDSHAKE_DURATION', between(start, (info) => info.downstreamTiming.downstreamHandshakeCompleteMs)],
  // Of QUIC only.
  ['ROUNDTRIP_DURATION', between(start, never)],
  [
    'UPSTREAM_CONNECTION_POOL_READY_DURATION',
    between(
      () => 0,
      (info) => info.upstream?.timing.connectionPoolCallbackLatencyMs,
    ),
  ],
];
