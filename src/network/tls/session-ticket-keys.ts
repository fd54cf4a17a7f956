import type { TicketKey } from '../../native/openssl/handshake-events.ts';

export const ticketKeyBytes = 80;
const nameBytes = 16;
const hmacKeyBytes = 32;

/** A key that whoever has the same secret makes for the same purpose. */
export function deriveTicketKey(
  secret: Uint8Array,
  purpose: Uint8Array,
  sha256: (bytes: Uint8Array) => Uint8Array,
): Uint8Array {
  const part = (label: number) => sha256(Uint8Array.from([label, ...secret, ...purpose]));
  return Uint8Array.from([...part(0).subarray(0, nameBytes), ...part(1), ...part(2)]);
}

/** Keys of session tickets: the first one encrypts, all decrypt. */
export class SessionTicketKeys {
  readonly #keys: readonly TicketKey[];

  /** @param keys 80 bytes each: a name, a key for HMAC-SHA256, a key for AES-256. */
  constructor(keys: readonly Uint8Array[]) {
    this.#keys = keys.map((key, i) => ({
      name: key.subarray(0, nameBytes),
      hmacKey: key.slice(nameBytes, nameBytes + hmacKeyBytes),
      aesKey: key.slice(nameBytes + hmacKeyBytes, ticketKeyBytes),
      isOld: i > 0,
    }));
  }

  get first(): TicketKey | undefined {
    return this.#keys[0];
  }

  find(name: Uint8Array): TicketKey | undefined {
    return this.#keys.find((key) => key.name.every((byte, i) => byte === name[i]));
  }
}
