import { readFileSync } from 'node:fs';

/** The version in our package.json, which lies two folders up in a clone and three in the published package. */
export function packageVersion(): string {
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (name === 'nuncio') return version;
    } catch {
      // Not there; the next place.
    }
  }
  throw new Error('package.json is missing');
}
