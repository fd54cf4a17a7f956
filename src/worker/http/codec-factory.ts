import type { ServerCodec, ServerCodecCallbacks } from '../../../sdk/codec.ts';
import type { Connection } from '../../../sdk/network.ts';

/** Makes the codec of a connection when its first bytes have come; undefined when they are of a protocol not spoken here. */
export type CodecFactory = (
  connection: Connection,
  callbacks: ServerCodecCallbacks,
  firstBytes: import('../../../sdk/buffer.ts').Buffer,
) => ServerCodec | undefined;
