/** What a handshake may agree on, in OpenSSL's words; of a context or of one connection. */
export interface HandshakeSettings {
  /** As on the wire, 0x0303 for TLS 1.2. */
  readonly minVersion: number;
  readonly maxVersion: number;
  /** Up to TLS 1.2. */
  readonly ciphers: string;
  /** The best first; '' = OpenSSL's own. */
  readonly tls13Ciphers: string;
  readonly groups: string;
  /** By which servers sign and clients want servers to. */
  readonly signatureAlgorithms: string;
  /** By which clients sign and servers want clients to. */
  readonly clientSignatureAlgorithms: string;
}

/** Commands of SSL_CTX_ctrl(3), and of SSL_ctrl for one connection: ssl.h. */
export const settingsControls = {
  groupsList: 92,
  signatureAlgorithmsList: 98,
  clientSignatureAlgorithmsList: 102,
  minVersion: 123,
  maxVersion: 124,
} as const;
