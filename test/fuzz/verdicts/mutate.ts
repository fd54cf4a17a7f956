/** Small changes of a configuration, each told in words. */
import type { DescMessage } from '@bufbuild/protobuf';
import type { TypeRegistry } from '../../../src/common/proto/type-registry.ts';
import type { Dice } from '../../simulation/dice.ts';
import { fieldNamed, isJsonObject, type Json, type JsonObject, type Place, places } from './tree.ts';
import { Values } from './values.ts';

/** Fields that lead away from what is asked: whole subsystems that are later work, or files that are not there. */
const avoided = /^(hidden_envoy_deprecated|rds|lds|cds|ads|dynamic_resources|health_checks|outlier|hds)/;

export class Mutator {
  readonly #types: TypeRegistry;
  readonly #root: DescMessage;
  readonly #dice: Dice;
  readonly #values: Values;
  readonly #within: RegExp;

  /** @param within which message types are changed */
  constructor(types: TypeRegistry, root: DescMessage, dice: Dice, documents: readonly JsonObject[], within: RegExp) {
    this.#types = types;
    this.#root = root;
    this.#dice = dice;
    this.#within = within;
    const packed = new Map<string, JsonObject[]>();
    const known = new Map<string, JsonObject[]>();
    for (const document of documents) {
      for (const { desc, object, path } of places(types, root, document)) {
        add(known, desc.typeName, object);
        if ('@type' in object) add(packed, lastField(path), object);
      }
    }
    this.#values = new Values(dice, packed, known);
  }

  /** Changes the document in place; tells what was done, or undefined when nothing was. */
  mutate(document: JsonObject): string | undefined {
    const all = places(this.#types, this.#root, document).filter(({ desc }) => this.#within.test(desc.typeName));
    if (all.length === 0) return undefined;
    const place = this.#dice.pick(all);
    const keys = Object.keys(place.object).filter((key) => key !== '@type');
    const roll = this.#dice.between(1, 20);
    if (roll <= 12 || keys.length === 0) return this.#setField(place);
    const key = this.#dice.pick(keys);
    if (roll <= 13) return this.#drop(place, key);
    if (roll <= 14) return this.#rename(place, key);
    if (roll <= 16) return this.#double(place, key);
    return this.#change(place, key);
  }

  #setField({ desc, object, path }: Place): string | undefined {
    const fields = desc.fields.filter((field) => !avoided.test(field.name));
    if (fields.length === 0) return undefined;
    const field = this.#dice.pick(fields);
    const value = this.#values.forField(field, 2);
    if (field.oneof !== undefined && this.#dice.chance(0.9)) {
      for (const other of field.oneof.fields) {
        delete object[other.name];
        delete object[other.jsonName];
      }
    }
    object[field.name] = value;
    return `${path}.${field.name} = ${JSON.stringify(value)}`;
  }

  #drop({ object, path }: Place, key: string): string {
    delete object[key];
    return `${path}.${key} dropped`;
  }

  #rename({ object, path }: Place, key: string): string {
    const camel = key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    const name = this.#dice.pick([camel, `${key}s`, key.toUpperCase(), camel]);
    const value = object[key] as Json;
    delete object[key];
    object[name] = value;
    return `${path}.${key} renamed to ${name}`;
  }

  #double(place: Place, key: string): string | undefined {
    const value = place.object[key];
    if (!Array.isArray(value) || value.length === 0) return this.#change(place, key);
    value.push(structuredClone(this.#dice.pick(value)));
    return `${place.path}.${key} has an item twice`;
  }

  #change({ desc, object, path }: Place, key: string): string | undefined {
    const field = fieldNamed(desc, key);
    if (field === undefined || avoided.test(key)) return undefined;
    const value = this.#values.forField(field, 2);
    object[key] = value;
    return `${path}.${key} = ${JSON.stringify(value)}`;
  }
}

function add(map: Map<string, JsonObject[]>, key: string, object: JsonObject): void {
  const list = map.get(key) ?? [];
  // Small ones only: what is put into another place should not bring a whole configuration along.
  if (list.length < 200 && JSON.stringify(object).length < 1500) list.push(structuredClone(object));
  map.set(key, list);
}

function lastField(path: string): string {
  return /\.(\w+)(\[[^\]]*\])?$/.exec(path)?.[1] ?? '';
}

export function asObject(value: unknown): JsonObject | undefined {
  const json = JSON.parse(JSON.stringify(value)) as Json;
  return isJsonObject(json) ? json : undefined;
}
