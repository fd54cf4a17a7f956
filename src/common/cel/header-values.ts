import type { CelMap } from '@bufbuild/cel';
import type { HeaderMap } from '../../../sdk/headers.ts';
import { fromByteText } from '../formatter/byte-text.ts';
import { lazyMap } from './lazy-map.ts';

/** A header's value as the text that its bytes are; bytes that are not UTF-8 stand for a character each. */
export function headerText(bytes: string | undefined): string | undefined {
  return bytes === undefined ? undefined : (fromByteText(bytes) ?? bytes);
}

/** By name in any case; the values of a name joined by commas. */
export function headerMap(headers: HeaderMap | undefined): CelMap {
  return lazyMap(
    (name) => {
      const lowerCase = name.toLowerCase();
      return headers?.has(lowerCase) === true ? headerText(headers.getAll(lowerCase).join(',')) : undefined;
    },
    () => names(headers),
  );
}

function names(headers: HeaderMap | undefined): Iterable<string> {
  const all = new Set<string>();
  for (let i = 0; headers !== undefined && i < headers.size; i++) all.add(headers.nameAt(i));
  return all;
}
