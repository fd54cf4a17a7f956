import { loadDescriptors } from '../../api/load-descriptors.ts';
import { TypeRegistry } from '../common/proto/type-registry.ts';

/** The Envoy API, as `npm run api:build` made it. */
export function loadTypes(): TypeRegistry {
  return new TypeRegistry(loadDescriptors(new URL('../../api/generated/descriptors.bin', import.meta.url)));
}
