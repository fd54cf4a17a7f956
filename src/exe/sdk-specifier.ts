import { registerHooks } from 'node:module';

const SPECIFIER = /^@nuncio\/sdk(?:\/(testing))?$/;

/**
 * Lets a plugin, wherever its file lies, import `@nuncio/sdk`: on this thread the name means the sdk that the proxy itself
 * runs on, so that both share its classes. Needed on every thread that loads plugins; disposing takes it back.
 */
export function mapSdkSpecifier(): Disposable {
  const isSource = import.meta.url.endsWith('.ts');
  const extension = isSource ? 'ts' : 'js';
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const match = SPECIFIER.exec(specifier);
      if (match === null) return next(specifier, context);
      const folder = match[1] === undefined ? '' : `${match[1]}/`;
      const url = new URL(`../../sdk/${folder}index.${extension}`, import.meta.url).href;
      return { url, format: isSource ? 'module-typescript' : 'module', shortCircuit: true };
    },
  });
  return { [Symbol.dispose]: () => hooks.deregister() };
}
