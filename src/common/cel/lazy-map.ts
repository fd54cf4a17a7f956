import type { CelInput, CelMap, CelUint } from '@bufbuild/cel';
import type { Struct, StructValue } from '../../../sdk/stream-info.ts';
import { celLibrary } from './library.ts';

type Key = bigint | string | boolean | CelUint;

/** A map whose values are made when they are asked for. */
class LazyMap implements ReadonlyMap<Key, CelInput> {
  readonly #lookUp: (name: string) => CelInput | undefined;
  readonly #names: (() => Iterable<string>) | undefined;

  constructor(lookUp: (name: string) => CelInput | undefined, names: (() => Iterable<string>) | undefined) {
    this.#lookUp = lookUp;
    this.#names = names;
  }

  get size(): number {
    return this.#names === undefined ? 0 : this.#all().size;
  }

  get(key: Key): CelInput | undefined {
    return typeof key === 'string' ? this.#lookUp(key) : undefined;
  }

  has(key: Key): boolean {
    return this.get(key) !== undefined;
  }

  forEach(callback: (value: CelInput, key: Key, map: ReadonlyMap<Key, CelInput>) => void): void {
    this.#all().forEach(callback);
  }

  entries(): MapIterator<[Key, CelInput]> {
    return this.#all().entries();
  }

  keys(): MapIterator<Key> {
    return this.#all().keys();
  }

  values(): MapIterator<CelInput> {
    return this.#all().values();
  }

  [Symbol.iterator](): MapIterator<[Key, CelInput]> {
    return this.entries();
  }

  #all(): Map<Key, CelInput> {
    // The library takes this for an error of the expression, as Envoy does.
    if (this.#names === undefined) throw new Error('ListKeys() is not implemented');
    const all = new Map<Key, CelInput>();
    for (const name of this.#names()) {
      const value = this.#lookUp(name);
      if (value !== undefined) all.set(name, value);
    }
    return all;
  }
}

/** A map of names to values; without `names` it has no size and nobody can go through it. */
export function lazyMap(lookUp: (name: string) => CelInput | undefined, names?: () => Iterable<string>): CelMap {
  return celLibrary().celMap(new LazyMap(lookUp, names));
}

export type AttributeTable<Source> = ReadonlyMap<string, (source: Source) => CelInput | undefined>;

export function attributeMap<Source>(table: AttributeTable<Source>, source: Source): CelMap {
  return lazyMap((name) => table.get(name)?.(source));
}

export function celOfStruct(struct: Struct): CelInput {
  return new Map<Key, CelInput>(Object.entries(struct).map(([name, value]) => [name, celOfValue(value)]));
}

function celOfValue(value: StructValue): CelInput {
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? value.map((item: StructValue) => celOfValue(item)) : celOfStruct(value as Struct);
}
