import type { LiveObject, NativeKind, OpenSsl } from './openssl.ts';

/** Something of OpenSSL's with one owner: counted while it lives, released once however often it is disposed. */
export abstract class OwnedObject implements LiveObject {
  readonly pointer: bigint;
  older: LiveObject | undefined = undefined;
  newer: LiveObject | undefined = undefined;
  protected readonly openSsl: OpenSsl;
  readonly #kind: NativeKind;
  #held = true;

  /** Takes `pointer` over: one reference to an object of that kind. */
  constructor(openSsl: OpenSsl, kind: NativeKind, pointer: bigint) {
    this.openSsl = openSsl;
    this.pointer = pointer;
    this.#kind = kind;
    openSsl.noteMade(kind);
    openSsl.hold(this);
  }

  /** Gives the reference back to OpenSSL. */
  protected abstract release(): void;

  [Symbol.dispose](): void {
    if (!this.#held) return;
    this.#held = false;
    this.openSsl.letGo(this);
    this.release();
    this.openSsl.noteReleased(this.#kind);
  }
}
