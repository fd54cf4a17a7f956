import type { Extension, ExtensionCategory, ExtensionLookup } from '../../sdk/extension.ts';

/** All extensions of a process, found by category and name or by the type of their configuration. */
export class ExtensionRegistry implements ExtensionLookup {
  readonly #all: Extension[] = [];
  readonly #byName = new Map<string, Extension>();
  readonly #byType = new Map<string, Extension>();

  /** Registers each; a name or a configuration type that is taken within the category is our own fault. */
  constructor(extensions: readonly Extension[]) {
    for (const extension of extensions) this.#add(extension);
  }

  byName(category: ExtensionCategory, name: string): Extension | undefined {
    return this.#byName.get(`${category}/${name}`);
  }

  byConfigType(category: ExtensionCategory, messageName: string): Extension | undefined {
    return this.#byType.get(`${category}/${messageName}`);
  }

  all(category?: ExtensionCategory): readonly Extension[] {
    return category === undefined ? this.#all : this.#all.filter((extension) => extension.category === category);
  }

  #add(extension: Extension): void {
    const { category, name, configTypes } = extension;
    claim(this.#byName, `${category}/${name}`, extension);
    for (const type of configTypes) claim(this.#byType, `${category}/${type}`, extension);
    this.#all.push(extension);
  }
}

function claim(map: Map<string, Extension>, key: string, extension: Extension): void {
  const owner = map.get(key);
  if (owner !== undefined) throw new Error(`${extension.name}: ${key} is registered already, by ${owner.name}`);
  map.set(key, extension);
}
