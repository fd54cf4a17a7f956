import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError } from '../../sdk/config.ts';
import type { Extension } from '../../sdk/extension.ts';
import { builtinExtensions } from '../extensions/builtin.ts';
import { ExtensionRegistry } from '../extensions/registry.ts';
import { mapSdkSpecifier } from './sdk-specifier.ts';

/**
 * The extensions of this thread: our own, those of `--plugin` files, without those of `--disable-extensions`
 * (`category/name`, or a name in every category).
 */
export async function loadExtensions(
  plugins: readonly string[],
  disabled: readonly string[],
): Promise<ExtensionRegistry> {
  const extensions = [...builtinExtensions, ...(await loadPlugins(plugins))];
  const isEnabled = ({ category, name }: Extension) =>
    !disabled.includes(name) && !disabled.includes(`${category}/${name}`);
  return new ExtensionRegistry(extensions.filter(isEnabled));
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
