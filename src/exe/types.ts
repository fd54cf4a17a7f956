import { readFileSync } from 'node:fs';
import { openDescriptors } from '../common/proto/descriptor-source.ts';
import { TypeRegistry } from '../common/proto/type-registry.ts';

/** The Envoy API, as `npm run api:build` made it. */
export function loadTypes(): TypeRegistry {
  const file = new URL('../../api/generated/descriptors.bin', import.meta.url);
  return new TypeRegistry(openDescriptors(readFileSync(file)));
}
