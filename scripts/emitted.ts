/** What the build does to the compiler's output. */

const SDK_SPECIFIER = /(\bfrom |\bimport |\bimport\()(['"])@nuncio\/sdk(\/testing)?\2/g;
const SOURCE_URL = /(new URL\((['"])\.[^'"]*)\.ts(\2)/g;
const RELATIVE_SOURCE = /(?:\bfrom |\bimport |\bimport\(|new URL\()(['"])\.[^'"]*\.ts\1/g;

/** Turns `@nuncio/sdk` into the relative path `toSdk`, and `new URL('./x.ts', …)` into the URL of the entry point that is made of it. */
export function fixSpecifiers(code: string, toSdk: string): string {
  const sdk = toSdk.startsWith('.') ? toSdk : `./${toSdk}`;
  return code
    .replace(SDK_SPECIFIER, (_, keyword, quote, sub = '') => `${keyword}${quote}${sdk}${sub}/index.js${quote}`)
    .replace(SOURCE_URL, '$1.cjs$3');
}

/** Specifiers of TypeScript files or of the sdk by name that are still there. */
export function leftovers(code: string): string[] {
  return [...(code.match(RELATIVE_SOURCE) ?? []), ...(code.match(SDK_SPECIFIER) ?? [])];
}
