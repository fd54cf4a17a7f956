/** Reads the compiled Envoy API from the disk; the only reader of `api/generated/`. */
import { readFileSync } from 'node:fs';
import { DescriptorSource } from '../src/common/proto/descriptor-source.ts';

/**
 * In shared memory: threads are handed the same bytes.
 * @param file where they are when this code was moved elsewhere, as the build does
 */
export function loadDescriptors(file = new URL('generated/descriptors.bin', import.meta.url)): DescriptorSource {
  const bytes = readFileSync(file);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return new DescriptorSource(shared);
}
