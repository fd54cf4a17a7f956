import { createRequire } from 'node:module';
import type * as Cel from '@bufbuild/cel';
import type * as Extensions from '@bufbuild/cel/ext';

const require = createRequire(import.meta.url);

/** The CEL library; few configurations have expressions, and to load it takes a fifth of a thread's start. */
export function celLibrary(): typeof Cel {
  return require('@bufbuild/cel');
}

export function celExtensions(): typeof Extensions {
  return require('@bufbuild/cel/ext');
}
