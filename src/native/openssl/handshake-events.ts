import type { OpenSsl } from './openssl.ts';
import { PeerVerification, passesAnchor } from './peer-verification.ts';

/** Whether a peer's certificates are accepted. */
export interface PeerVerdict {
  readonly accepts: boolean;
  /** X509_V_ERR: goes into the alert when they are not, and is remembered with the session when they are. */
  readonly x509Error: number;
}

/** What a handshake asks of whoever drives it. All of it comes while a call of the connection runs. */
export interface HandshakeEvents {
  /** A ClientHello has come and no certificate is chosen yet; false ends the handshake. */
  onClientHello(ssl: bigint): boolean;
  /** The peer's certificates have come. */
  onVerify(verification: PeerVerification): PeerVerdict;
  /** ALPN of the client, as it stands in its ClientHello. Answers where the chosen name begins in it; -1 chooses none. */
  onSelectProtocol(offered: Uint8Array): number;
  /** The client would like an OCSP response. False ends the handshake. */
  onStatusRequest(ssl: bigint): boolean | undefined;
  /** A session that could be resumed later. True takes it over. */
  onNewSession(session: bigint): boolean;
  onKeyLogLine(line: string): void;
  /** A session ticket is written (`name` is to be filled) or read: the keys for it; undefined when `name` is unknown. */
  onTicketKey(name: Uint8Array, writes: boolean): TicketKey | undefined;
}

export interface TicketKey {
  readonly name: Uint8Array;
  readonly hmacKey: Uint8Array;
  readonly aesKey: Uint8Array;
  /** Tickets under it are replaced by new ones. */
  readonly isOld: boolean;
}

const pointer = 'pointer';
const answersInt = 'i32';

/** tls1.h, ssl.h. */
const extensionOk = 0;
const extensionAlert = 2;
const extensionNone = 3;
const handshakeFailure = 40;
const helloOk = 1;
const helloFailed = 0;
/** x509_vfy.h. */
const unspecified = 1;

/** The functions that OpenSSL calls, each made when it is first wanted. They ask the connection whose call is running. */
export class HandshakeCallbacks {
  readonly #openSsl: OpenSsl;
  readonly #made = new Map<string, bigint>();
  /** Whose call is running. */
  current: HandshakeEvents | undefined = undefined;

  constructor(openSsl: OpenSsl) {
    this.#openSsl = openSsl;
  }

  get clientHello(): bigint {
    const signature = { arguments: [pointer, pointer, pointer], return: answersInt } as const;
    return this.#once('hello', () =>
      this.#openSsl.registerCallback(signature, helloFailed, (ssl: bigint, alert: bigint) => {
        if (this.current?.onClientHello(ssl) !== false) return helloOk;
        this.#openSsl.writeIntAt(alert, handshakeFailure);
        return helloFailed;
      }),
    );
  }

  get verify(): bigint {
    const signature = { arguments: [pointer, pointer], return: answersInt } as const;
    return this.#once('verify', () =>
      this.#openSsl.registerCallback(signature, 0, (store: bigint) => {
        const verdict = this.current?.onVerify(new PeerVerification(this.#openSsl, store));
        this.#openSsl.call.X509_STORE_CTX_set_error(store, verdict?.x509Error ?? unspecified);
        return verdict?.accepts === true ? 1 : 0;
      }),
    );
  }

  /** Looks at each fault of a chain once more, of one that was found faulty. */
  get chainFault(): bigint {
    const signature = { arguments: [answersInt, pointer], return: answersInt } as const;
    return this.#once('fault', () =>
      this.#openSsl.registerCallback(signature, 0, (holds: number, store: bigint) =>
        holds === 1 || passesAnchor(this.#openSsl, store) ? 1 : 0,
      ),
    );
  }

  get selectProtocol(): bigint {
    const signature = { arguments: [pointer, pointer, pointer, pointer, 'u32', pointer], return: answersInt } as const;
    return this.#once('alpn', () =>
      this.#openSsl.registerCallback(
        signature,
        extensionNone,
        (_ssl: bigint, out: bigint, outLength: bigint, offered: bigint, length: number) => {
          const bytes = this.#openSsl.bytesAt(offered, length);
          const at = this.current?.onSelectProtocol(bytes) ?? -1;
          if (at < 1) return extensionNone;
          this.#openSsl.writePointerAt(out, offered + BigInt(at));
          this.#openSsl.writeByteAt(outLength, bytes[at - 1] as number);
          return extensionOk;
        },
      ),
    );
  }

  get statusRequest(): bigint {
    const signature = { arguments: [pointer, pointer], return: answersInt } as const;
    return this.#once('status', () =>
      this.#openSsl.registerCallback(signature, extensionNone, (ssl: bigint) => {
        const staples = this.current?.onStatusRequest(ssl);
        if (staples === undefined) return extensionNone;
        return staples ? extensionOk : extensionAlert;
      }),
    );
  }

  get newSession(): bigint {
    const signature = { arguments: [pointer, pointer], return: answersInt } as const;
    return this.#once('session', () =>
      this.#openSsl.registerCallback(signature, 0, (_ssl: bigint, session: bigint) =>
        this.current?.onNewSession(session) === true ? 1 : 0,
      ),
    );
  }

  get keyLog(): bigint {
    const signature = { arguments: [pointer, pointer], return: 'void' } as const;
    return this.#once('keylog', () =>
      this.#openSsl.registerCallback(signature, undefined, (_ssl: bigint, line: bigint) => {
        this.current?.onKeyLogLine(this.#openSsl.textAt(line));
        return undefined;
      }),
    );
  }

  get ticketKey(): bigint {
    const signature = {
      arguments: [pointer, pointer, pointer, pointer, pointer, answersInt],
      return: answersInt,
    } as const;
    return this.#once('ticket', () =>
      this.#openSsl.registerCallback(
        signature,
        -1,
        (_ssl: bigint, name: bigint, iv: bigint, cipher: bigint, mac: bigint, writes: number) =>
          this.#onTicketKey(name, iv, cipher, mac, writes === 1),
      ),
    );
  }

  #onTicketKey(namePointer: bigint, iv: bigint, cipher: bigint, mac: bigint, writes: boolean): number {
    const openSsl = this.#openSsl;
    const { call } = openSsl;
    const name = openSsl.viewAt(namePointer, 16);
    const key = this.current?.onTicketKey(name, writes);
    if (key === undefined) return 0;
    if (writes) name.set(key.name);
    if (writes && call.RAND_bytes(iv, 16) !== 1) return -1;
    const init = writes ? call.EVP_EncryptInit_ex : call.EVP_DecryptInit_ex;
    const ready =
      openSsl.withPointer(key.aesKey, (aes) => init(cipher, call.EVP_aes_256_cbc(), 0n, aes, iv)) === 1 &&
      openSsl.initHmacSha256(mac, key.hmacKey);
    if (!ready) return -1;
    return !writes && key.isOld ? 2 : 1;
  }

  #once(name: string, make: () => bigint): bigint {
    let made = this.#made.get(name);
    if (made === undefined) {
      made = make();
      this.#made.set(name, made);
    }
    return made;
  }
}
