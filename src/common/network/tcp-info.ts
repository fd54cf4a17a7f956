/** What the kernel tells of a TCP connection (TCP_INFO). Counts are since its beginning, modulo 2^32 where a kernel keeps no more. */
export interface TcpInfo {
  /** Microseconds. */
  readonly roundTrip: number;
  readonly roundTripVariance: number;
  readonly sentSegments: number;
  readonly receivedSegments: number;
  /** Segments that bear bytes. */
  readonly sentDataSegments: number;
  readonly receivedDataSegments: number;
  readonly retransmittedSegments: number;
  readonly sentBytes: number;
  /** The end of the stream is one of them. */
  readonly receivedBytes: number;
  /** As it is now. */
  readonly unsentBytes: number;
  readonly unackedSegments: number;
}

/** As far as `sentBytes` reaches; Linux 4.19 and later fill it. */
const leastBytes = 208;

/** Reads Linux's `struct tcp_info` (linux/tcp.h, little-endian); undefined when a kernel is too old to fill it. */
export function readTcpInfo(bytes: Uint8Array): TcpInfo | undefined {
  if (bytes.length < leastBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (at: number): number => view.getUint32(at, true);
  const long = (at: number): number => Number(view.getBigUint64(at, true));
  return {
    unackedSegments: word(24),
    roundTrip: word(68),
    roundTripVariance: word(72),
    retransmittedSegments: word(100),
    receivedBytes: long(128),
    sentSegments: word(136),
    receivedSegments: word(140),
    unsentBytes: word(144),
    receivedDataSegments: word(152),
    sentDataSegments: word(156),
    sentBytes: long(200),
  };
}
