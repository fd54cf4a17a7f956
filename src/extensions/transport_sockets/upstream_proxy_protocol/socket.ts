import type { TransportSocket, TransportSocketCallbacks } from '../../../../sdk/network.ts';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import { PassthroughSocket } from '../../../common/network/passthrough-socket.ts';

/** Makes the header once the socket is connected. */
export type HeaderOf = (callbacks: TransportSocketCallbacks) => Uint8Array;

/** A PROXY header in front of what another transport socket says, or of plain bytes. */
export class UpstreamProxyProtocolSocket extends PassthroughSocket {
  readonly #headerOf: HeaderOf;

  constructor(inner: TransportSocket | undefined, headerOf: HeaderOf) {
    super(inner);
    this.#headerOf = headerOf;
  }

  override onConnected(): void {
    const { callbacks } = this;
    if (callbacks === undefined) return;
    const header = new SliceBuffer();
    header.add(this.#headerOf(callbacks));
    callbacks.noteWritten(header.length);
    callbacks.onSend(header, false);
    super.onConnected();
  }
}
