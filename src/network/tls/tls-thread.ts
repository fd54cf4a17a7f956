import { BlockPool } from '../../common/buffer/block.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { sha256 } from '../../native/openssl/certificate.ts';
import { OpenSsl } from '../../native/openssl/openssl.ts';
import { hex } from './certificate-info.ts';
import { SessionNames } from './session-names.ts';

/** What all TLS of a thread has in common. */
export class TlsThread implements Disposable {
  readonly openSsl: OpenSsl;
  readonly names: SessionNames;
  readonly #pool = new BlockPool();
  /** Where the bytes of one call are gathered, to be moved out at once. */
  readonly ciphertext: SliceBuffer = new SliceBuffer(this.#pool);
  readonly plaintext: SliceBuffer = new SliceBuffer(this.#pool);

  /** @param ledgerMemory where to write down what would outlive the thread */
  constructor(ledgerMemory?: SharedArrayBuffer) {
    this.openSsl = new OpenSsl(ledgerMemory);
    this.names = new SessionNames(this.openSsl);
  }

  /** Moves what OpenSSL has written to `ciphertext`. */
  takeOutput(): void {
    this.openSsl.wire.takeOutput(this.#copyOutput);
  }

  readonly #copyOutput = (memory: Uint8Array, start: number, end: number): void =>
    this.ciphertext.addCopy(memory, start, end);

  /** Hexadecimal, lower case. */
  sha256(bytes: Uint8Array): string {
    return hex(sha256(this.openSsl, bytes));
  }

  [Symbol.dispose](): void {
    this.openSsl[Symbol.dispose]();
  }
}
