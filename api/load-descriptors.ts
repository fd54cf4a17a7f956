/** Reads the compiled Envoy API from the disk; the only reader of `api/generated/`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DescriptorSource, openDescriptors } from '../src/common/proto/descriptor-source.ts';

/** The bytes of `descriptors.bin`: copy them into shared memory to hand them to workers. */
export function readDescriptorBytes(): Uint8Array {
  return readFileSync(join(import.meta.dirname, 'generated', 'descriptors.bin'));
}

export function loadDescriptors(): DescriptorSource {
  return openDescriptors(readDescriptorBytes());
}
