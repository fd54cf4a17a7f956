/** Compiled protos as a thread gets them: an index, and the bytes of every file, decoded on demand. */

export interface DescriptorFile {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
  /** Numbers of the imported files. */
  readonly dependencies: readonly number[];
}

export interface DescriptorIndex {
  readonly files: DescriptorFile[];
  /** Full name of a message, enum or extension → number of its file. */
  readonly types: Record<string, number>;
}

export interface DescriptorSource {
  readonly index: DescriptorIndex;
  readonly bytes: Uint8Array;
}

/** Opens the bytes of `descriptors.bin` (its layout is told in `api/index-descriptors.ts`). */
export function openDescriptors(data: Uint8Array): DescriptorSource {
  const length = new DataView(data.buffer, data.byteOffset, 4).getUint32(0, true);
  // A copy, since TextDecoder does not take shared memory.
  const index: DescriptorIndex = JSON.parse(new TextDecoder().decode(data.slice(4, 4 + length)));
  return { index, bytes: data.subarray(4 + length) };
}
