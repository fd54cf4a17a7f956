import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import { isJsonStruct, isUnwrapped, messageOf } from './field-access.ts';

/** What the JSON reader must know of a field, worked out once. */
export class JsonField {
  readonly field: DescField;
  /** What a value, an item of the list or a value of the map is. */
  readonly holds: 'string' | 'scalar' | 'enum' | 'message' | 'unwrapped' | 'json';
  /** Whether null is a value and not absence. */
  readonly takesNull: boolean;
  /** Whether a list in the list is an item. */
  readonly nests: boolean;
  #message: DescMessage | 'none' | undefined = undefined;

  constructor(field: DescField) {
    this.field = field;
    const kind =
      field.fieldKind === 'list' ? field.listKind : field.fieldKind === 'map' ? field.mapKind : field.fieldKind;
    if (kind === 'scalar') this.holds = field.scalar === ScalarType.STRING ? 'string' : 'scalar';
    else if (kind === 'enum') this.holds = 'enum';
    else this.holds = isJsonStruct(field) ? 'json' : isUnwrapped(field) ? 'unwrapped' : 'message';
    const typeName = kind === 'message' ? field.message?.typeName : undefined;
    this.takesNull = field.fieldKind !== 'map' && typeName === 'google.protobuf.Value';
    this.nests = typeName === 'google.protobuf.Value' || typeName === 'google.protobuf.ListValue';
  }

  /** Its message type, unless that is a well-known one, whose JSON is of its own. */
  get plain(): DescMessage | undefined {
    if (this.#message === undefined) {
      const message = messageOf(this.field);
      this.#message = message === undefined || message.typeName.startsWith('google.protobuf.') ? 'none' : message;
    }
    return this.#message === 'none' ? undefined : this.#message;
  }
}

/** The fields of a message by their names in JSON, of which it may use either. */
export class JsonFields {
  readonly #byName = new Map<string, DescField>();
  readonly #made = new Map<string, JsonField>();

  constructor(desc: DescMessage) {
    for (const field of desc.fields) this.#byName.set(field.jsonName, field);
    for (const field of desc.fields) this.#byName.set(field.name, field);
  }

  get(name: string): JsonField | undefined {
    const made = this.#made.get(name);
    if (made !== undefined) return made;
    const field = this.#byName.get(name);
    if (field === undefined) return undefined;
    const json = new JsonField(field);
    this.#made.set(name, json);
    return json;
  }
}
