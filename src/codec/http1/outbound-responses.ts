/** Envoy's kMaxOutboundResponses. */
const maxOutboundResponses = 2;

/** Which responses still lie in buffers: a peer that pipelines requests and reads no answer is cut off. */
export class OutboundResponses {
  #written = 0;
  /** Where the two latest responses ended, in bytes written since the connection began. */
  #latestEnd = 0;
  #earlierEnd = 0;

  onWritten(bytes: number): void {
    this.#written += bytes;
  }

  onResponseEnd(): void {
    this.#earlierEnd = this.#latestEnd;
    this.#latestEnd = this.#written;
  }

  /** @param unsentBytes of this connection, wherever they lie. */
  isFlooded(unsentBytes: number): boolean {
    const sent = this.#written - unsentBytes;
    const outbound = (this.#latestEnd > sent ? 1 : 0) + (this.#earlierEnd > sent ? 1 : 0);
    return outbound >= maxOutboundResponses;
  }
}
