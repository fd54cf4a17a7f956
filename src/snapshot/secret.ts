/** A discovered secret as main hands it to workers, by the key of src/common/secret. */

export const SECRET_SLOT = 'secret';

export interface SecretSnapshot {
  /** Serialised envoy.extensions.transport_sockets.tls.v3.Secret; nothing in it refers to a file. */
  readonly bytes: Uint8Array;
}
