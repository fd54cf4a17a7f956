import type { NativeKind } from '../object-ledger.ts';
import type { OpenSsl } from './openssl.ts';

/** Something of OpenSSL's with one owner: in the thread's ledger while it lives, released once however often it is disposed. */
export abstract class OwnedObject implements Disposable {
  readonly pointer: bigint;
  protected readonly openSsl: OpenSsl;
  readonly #kind: NativeKind;
  readonly #place: number;
  #held = true;

  /** Takes `pointer` over: one reference to an object of that kind. */
  constructor(openSsl: OpenSsl, kind: NativeKind, pointer: bigint) {
    this.#place = openSsl.own(kind, pointer);
    this.openSsl = openSsl;
    this.pointer = pointer;
    this.#kind = kind;
  }

  /** Gives the reference back to OpenSSL. */
  [Symbol.dispose](): void {
    if (!this.#held) return;
    this.#held = false;
    this.openSsl.release(this.#kind, this.pointer, this.#place);
  }
}
