import ffi from 'node:ffi';
import { type MappedMemory, MemoryMapper } from '../mapped-memory.ts';
import { NativeLedger } from '../native-ledger.ts';
import { type NativeKind, type ObjectLedger, releasedBy } from '../object-ledger.ts';
import { type Functions, openFunctions } from './functions.ts';
import { HandshakeCallbacks } from './handshake-events.ts';
import { Scratch } from './scratch.ts';
import { Wire } from './wire.ts';

/** What OpenSSL put into its queue: the library's number, the reason's, and their texts. */
export interface OpenSslError {
  readonly code: bigint;
  readonly library: number;
  readonly reason: number;
  readonly libraryText: string;
  readonly reasonText: string;
}

const scratchBytes = 4096;
/** BIO_ctrl(3): how much a memory BIO holds. */
const pending = 10;

/** err.h: the library's number above the reason's. */
const libraryShift = 23n;
const libraryMask = 0xffn;
const reasonMask = 0x7f_ffffn;

/** The OpenSSL that Node carries, for one thread. Open it once: that takes long. */
export class OpenSsl implements Disposable {
  readonly call: Functions;
  readonly wire: Wire;
  readonly scratch: Scratch;
  readonly handshakes: HandshakeCallbacks = new HandshakeCallbacks(this);
  readonly #scratchMemory: MappedMemory;
  readonly #library = new ffi.DynamicLibrary(null);
  readonly #objects: ObjectLedger;
  readonly #callbacks: bigint[] = [];
  #fault: { readonly error: unknown } | undefined = undefined;
  #open = true;

  /** @param ledgerMemory of the NativeLedger in which to write down what would outlive the thread */
  constructor(ledgerMemory?: SharedArrayBuffer) {
    const ledger = new NativeLedger(ledgerMemory);
    const mapper = new MemoryMapper(ledger);
    this.#objects = ledger.objects;
    this.call = openFunctions(this.#library);
    this.wire = new Wire(this.call, mapper, this.#objects);
    const memory = mapper.anonymous(scratchBytes);
    if (memory === undefined) throw new Error('no memory for TLS');
    this.#scratchMemory = memory;
    this.scratch = new Scratch(memory);
  }

  /** How many objects of a kind, or of all but the wire's two, have not been released. */
  liveCount(kind?: NativeKind): number {
    return kind === undefined ? this.#objects.count() - this.#objects.count('bio') : this.#objects.count(kind);
  }

  /** It is to be released with this, if not before. Answers its place in the ledger. */
  own(kind: NativeKind, pointer: bigint): number {
    return this.#objects.own(kind, pointer);
  }

  /** Does nothing once all of them were. */
  release(kind: NativeKind, pointer: bigint, place: number): void {
    if (!this.#open) return;
    this.#objects.disown(place);
    this.call[releasedBy[kind]](pointer);
  }

  /**
   * A function of ours that C may call. What it throws is thrown again by `rethrow`; C gets `otherwise` then. A thread that
   * is ended while in there takes the process along: node:ffi has nothing to give to C.
   */
  registerCallback<const S extends ffi.FunctionSignature, R extends number | undefined>(
    signature: S,
    otherwise: R,
    callback: (...args: never[]) => R,
  ): bigint {
    const guarded = (...args: never[]): R => {
      try {
        return callback(...args);
      } catch (error) {
        this.#fault ??= { error };
        return otherwise;
      }
    };
    const pointer = this.#library.registerCallback(signature, guarded as never);
    this.#callbacks.push(pointer);
    return pointer;
  }

  /** To be called after each call of C that may have called back. */
  rethrow(): void {
    if (this.#fault === undefined) return;
    const { error } = this.#fault;
    this.#fault = undefined;
    throw error;
  }

  /** Empties the queue, oldest first. */
  takeErrors(): OpenSslError[] {
    const errors: OpenSslError[] = [];
    for (let code = this.call.ERR_get_error(); code !== 0n; code = this.call.ERR_get_error()) {
      errors.push({
        code,
        library: Number((code >> libraryShift) & libraryMask),
        reason: Number(code & reasonMask),
        libraryText: this.textAt(this.call.ERR_lib_error_string(code)),
        reasonText: this.textAt(this.call.ERR_reason_error_string(code)),
      });
    }
    return errors;
  }

  /** A C string; '' at the null pointer. */
  textAt(pointer: bigint): string {
    return pointer === 0n ? '' : (ffi.toString(pointer) ?? '');
  }

  /** A copy of native memory. */
  bytesAt(pointer: bigint, length: number): Uint8Array<ArrayBuffer> {
    if (length === 0) return new Uint8Array(0);
    return new Uint8Array(ffi.toArrayBuffer(pointer, length, true));
  }

  /** Native memory itself, as long as it is there. */
  viewAt(pointer: bigint, length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(ffi.toArrayBuffer(pointer, length, false));
  }

  writeByteAt(pointer: bigint, value: number): void {
    ffi.setUint8(pointer, 0, value);
  }

  writeIntAt(pointer: bigint, value: number): void {
    ffi.setInt32(pointer, 0, value);
  }

  writePointerAt(pointer: bigint, value: bigint): void {
    ffi.setUint64(pointer, 0, value);
  }

  /** Makes an EVP_MAC_CTX ready for HMAC with SHA-256. */
  initHmacSha256(mac: bigint, key: Uint8Array): boolean {
    return withDigestParameters(this, (parameters) =>
      this.withPointer(key, (pointer) => this.call.EVP_MAC_init(mac, pointer, BigInt(key.length), parameters) === 1),
    );
  }

  /** So many pointers at an address. */
  pointersAt(pointer: bigint, count: number): BigUint64Array {
    return new BigUint64Array(ffi.toArrayBuffer(pointer, count * 8, true));
  }

  /** Calls `use` with a BIO that reads `bytes`. */
  withBio<T>(bytes: Uint8Array, use: (bio: bigint) => T): T {
    return this.withPointer(bytes, (pointer) => {
      const bio = this.call.BIO_new_mem_buf(pointer, bytes.length);
      try {
        return use(bio);
      } finally {
        this.call.BIO_free(bio);
      }
    });
  }

  /** What a memory BIO holds, as UTF-8. */
  drainBio(bio: bigint): string {
    const bytes = new Uint8Array(Number(this.call.BIO_ctrl(bio, pending, 0n, 0n)));
    if (bytes.length > 0) this.withPointer(bytes, (pointer) => this.call.BIO_read(bio, pointer, bytes.length));
    return new TextDecoder().decode(bytes);
  }

  /** Calls `use` with the address of `bytes`, which holds while it runs. */
  withPointer<T>(bytes: Uint8Array, use: (pointer: bigint) => T): T {
    return use(ffi.getRawPointer(bytes.length > 0 ? bytes : new Uint8Array(1)));
  }

  /** Releases all that lives, too: C's memory is the process's, and outlives the thread. Nobody may use any of it afterwards. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.#objects.takeAll((kind, pointer) => void this.call[releasedBy[kind]](pointer));
    this.wire[Symbol.dispose]();
    this.#scratchMemory[Symbol.dispose]();
    for (const pointer of this.#callbacks) this.#library.unregisterCallback(pointer);
    this.#callbacks.length = 0;
  }
}

/** Words of an OSSL_PARAM (core.h): key, type, data, size, return size. */
const parameterWords = 5;
const utf8String = 4n;

/** Calls `use` with parameters that name SHA-256 as the digest. */
function withDigestParameters<T>(openSsl: OpenSsl, use: (pointer: bigint) => T): T {
  const name = new TextEncoder().encode('digest\0SHA256\0');
  return openSsl.withPointer(name, (pointer) => {
    const parameters = new BigUint64Array(2 * parameterWords);
    parameters.set([pointer, utf8String, pointer + 7n, 6n, 0n]);
    return openSsl.withPointer(new Uint8Array(parameters.buffer), use);
  });
}
