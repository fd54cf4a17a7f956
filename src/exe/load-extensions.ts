import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError } from '../../sdk/config.ts';
import type { Extension } from '../../sdk/extension.ts';
import { builtinExtensions } from '../extensions/builtin.ts';
import { ExtensionRegistry } from '../extensions/registry.ts';
import { mapSdkSpecifier } from './sdk-specifier.ts';

/**
 * The extensions of this thread: our own, those of `--plugin` files, without those of `--disable-extensions`
 * (`category/name`). `warn` is told of names there that mean nothing, as Envoy tells it.
 */
export async function loadExtensions(
  plugins: readonly string[],
  disabled: readonly string[],
  warn: (text: string) => void = () => {},
): Promise<ExtensionRegistry> {
  const extensions = [...builtinExtensions, ...(await loadPlugins(plugins))];
  const known = new Set(extensions.map(fullName));
  for (const name of disabled) {
    if (!known.has(name))
      warn(`failed to disable ${name.includes('/') ? 'unknown extension' : 'invalid extension name'} '${name}'`);
  }
  const isEnabled = (extension: Extension) => !disabled.includes(fullName(extension));
  return new ExtensionRegistry(extensions.filter(isEnabled));
}

function fullName({ category, name }: Extension): string {
  return `${category}/${name}`;
}

async function loadPlugins(files: readonly string[]): Promise<Extension[]> {
  if (files.length === 0) return [];
  mapSdkSpecifier();
  const loaded: Extension[] = [];
  for (const file of files) {
    const module: Record<string, unknown> = await import(pathToFileURL(resolve(file)).href);
    const extensions = Object.values(module).filter(isExtension);
    if (extensions.length === 0)
      throw new ConfigError(`${file} exports no extension (what defineHttpFilter and its like return)`);
    loaded.push(...extensions);
  }
  return loaded;
}

function isExtension(value: unknown): value is Extension {
  if (typeof value !== 'object' || value === null) return false;
  return 'category' in value && 'name' in value && 'configTypes' in value && 'parseConfig' in value;
}
