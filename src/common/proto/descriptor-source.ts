/**
 * Compiled protos as threads share them: one block of bytes, in which a type's record is found by name and read when it is
 * asked for. Layout: the number of types (u32, little-endian); for each, ordered by name, four u32: where its name begins
 * and ends, where its record begins and ends; names and records. All text is ASCII, records are JSON. Written by
 * `api/index-descriptors.ts`.
 */
import { Buffer } from 'node:buffer';
import type { ScalarType } from '@bufbuild/protobuf';

/** A field; what is absent is false, empty, or the same as what stands before it. */
export interface FieldRecord {
  readonly name: string;
  readonly local?: string;
  readonly json?: string;
  readonly number: number;
  readonly kind: 'scalar' | 'enum' | 'message' | 'list' | 'map';
  /** What a list's items or a map's values are. */
  readonly item?: 'scalar' | 'enum' | 'message';
  readonly scalar?: ScalarType;
  /** Full name of the enum or message. */
  readonly type?: string;
  readonly mapKey?: ScalarType;
  /** Index into the message's oneofs. */
  readonly oneof?: number;
  /** Whether absence differs from the zero value: 1 is explicit, 2 implicit, 3 required. */
  readonly presence: 1 | 2 | 3;
  readonly packed?: true;
  readonly lenientUtf8?: true;
  readonly deprecated?: true;
  /** The FieldOptions, base64. */
  readonly options?: string;
}

export interface OneofRecord {
  readonly name: string;
  readonly local?: string;
  readonly options?: string;
}

export interface MessageRecord {
  readonly record: 'message';
  readonly file: string;
  readonly edition: number;
  readonly fields: readonly FieldRecord[];
  readonly oneofs?: readonly OneofRecord[];
  readonly options?: string;
}

export interface EnumRecord {
  readonly record: 'enum';
  readonly file: string;
  readonly open?: true;
  readonly values: readonly { readonly name: string; readonly number: number; readonly deprecated?: true }[];
}

export interface ExtensionRecord {
  readonly record: 'extension';
  readonly field: FieldRecord;
}

export type TypeRecord = MessageRecord | EnumRecord | ExtensionRecord;

const entryWords = 4;

export class DescriptorSource {
  /** What it was made of: for another thread's source. */
  readonly block: Uint8Array;
  readonly #bytes: Buffer;
  readonly #index: Uint32Array;

  /** @param block the file's bytes, which may be shared memory; they begin at a multiple of four */
  constructor(block: Uint8Array) {
    this.block = block;
    this.#bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength);
    const count = this.#bytes.readUInt32LE(0);
    this.#index = new Uint32Array(block.buffer, block.byteOffset + Uint32Array.BYTES_PER_ELEMENT, count * entryWords);
  }

  /** Undefined when there is no type of this full name. */
  find(typeName: string): TypeRecord | undefined {
    let low = 0;
    let high = this.#index.length / entryWords;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const name = this.#text(middle, 0);
      if (name === typeName) return JSON.parse(this.#text(middle, 2)) as TypeRecord;
      if (name < typeName) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  /** Full names of messages, enums and extensions, ordered. */
  typeNames(): string[] {
    return Array.from({ length: this.#index.length / entryWords }, (_, entry) => this.#text(entry, 0));
  }

  #text(entry: number, word: 0 | 2): string {
    const at = entry * entryWords + word;
    return this.#bytes.toString('latin1', this.#index[at], this.#index[at + 1]);
  }
}
