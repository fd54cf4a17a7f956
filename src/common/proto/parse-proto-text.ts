/** Text format to message: written over as JSON with the types in hand, so that one reader checks both. */
import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import { base64Encode } from '@bufbuild/protobuf/wire';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { JsonInput, JsonInputObject } from './json-value.ts';
import { parseProtoJson } from './parse-proto-json.ts';
import { toProtoJson } from './proto-json-writer.ts';
import { parseTextFormat, type TextField, type TextValue } from './text-format.ts';
import type { TypeRegistry } from './type-registry.ts';

/** Throws ProtoTextError for bad syntax; faults in the content are gathered in `ctx`. */
export function parseProtoText(registry: TypeRegistry, desc: DescMessage, text: string, ctx: ConfigContext): Message {
  const json = new TextToJson(registry).message(desc, parseTextFormat(text));
  return parseProtoJson(registry, desc, json, ctx);
}

class TextToJson {
  readonly #registry: TypeRegistry;

  constructor(registry: TypeRegistry) {
    this.#registry = registry;
  }

  message(desc: DescMessage, fields: readonly TextField[]): JsonInputObject {
    const json: Record<string, JsonInput> = Object.create(null);
    for (const { name, values } of fields) {
      const field = desc.fields.find((known) => known.name === name);
      const items = values.map((value) => this.#value(field, value));
      if (field?.fieldKind === 'map')
        json[name] = { ...(json[name] as JsonInputObject), ...this.#entries(field, values) };
      else if (field?.fieldKind === 'list') json[name] = [...((json[name] as JsonInput[]) ?? []), ...items];
      else json[name] = items.length === 1 ? (items[0] ?? null) : items;
    }
    return json;
  }

  #entries(field: DescField & { fieldKind: 'map' }, values: readonly TextValue[]): JsonInputObject {
    const entries: Record<string, JsonInput> = {};
    for (const value of values) {
      if (value.kind !== 'message') continue;
      const part = (name: string): TextValue | undefined =>
        value.fields.find((known) => known.name === name)?.values[0];
      const key = part('key');
      const item = part('value');
      entries[key === undefined ? '' : textOf(key)] = item === undefined ? {} : this.#value(field, item);
    }
    return entries;
  }

  #value(field: DescField | undefined, value: TextValue): JsonInput {
    if (value.kind === 'message') return field?.message === undefined ? {} : this.#special(field.message, value.fields);
    if (value.kind === 'string' && field?.scalar === ScalarType.BYTES) return base64Encode(value.bytes);
    if (value.kind === 'word' && field?.scalar === ScalarType.STRING) return { word: value.text };
    const text = textOf(value);
    return value.kind === 'word' ? wordValue(field, text) : text;
  }

  /** The messages whose JSON form is not that of their fields. */
  #special(desc: DescMessage, fields: readonly TextField[]): JsonInput {
    switch (desc.typeName) {
      case 'google.protobuf.Any':
        return this.#packed(fields);
      case 'google.protobuf.Struct':
        return (this.message(desc, fields).fields ?? {}) as JsonInput;
      case 'google.protobuf.ListValue':
        return (this.message(desc, fields).values ?? []) as JsonInput;
      case 'google.protobuf.Value': {
        const [kind] = Object.entries(this.message(desc, fields));
        return kind === undefined || kind[0] === 'null_value' ? null : kind[1];
      }
      default:
        return this.message(desc, fields);
    }
  }

  #packed(fields: readonly TextField[]): JsonInput {
    const [first] = fields;
    const value = first?.values[0];
    if (first?.bracketed === true && value?.kind === 'message') {
      const desc = this.#registry.messageForUrl(first.name);
      if (desc === undefined) return { '@type': first.name };
      const inner = this.#special(desc, value.fields);
      const special = desc.typeName.startsWith('google.protobuf.');
      return special ? { '@type': first.name, value: inner } : { '@type': first.name, ...(inner as JsonInputObject) };
    }
    const part = (name: string): TextValue | undefined => fields.find((known) => known.name === name)?.values[0];
    const url = part('type_url');
    const bytes = part('value');
    const any = {
      typeUrl: url === undefined ? '' : textOf(url),
      value: bytes?.kind === 'string' ? bytes.bytes : new Uint8Array(),
    };
    const desc = this.#registry.requireMessage('google.protobuf.Any');
    return toProtoJson(this.#registry, desc, { $typeName: desc.typeName, ...any } as unknown as Message) as JsonInput;
  }
}

function textOf(value: TextValue): string {
  if (value.kind === 'string') return new TextDecoder().decode(value.bytes);
  return value.kind === 'word' ? value.text : '';
}

/** Numbers are decimal, octal or hexadecimal; `true`, `t` and their kin are the reader's. */
function wordValue(field: DescField | undefined, text: string): JsonInput {
  if (field?.scalar === ScalarType.DOUBLE || field?.scalar === ScalarType.FLOAT)
    return text.replace(/(?<=[\d.])[fF]$/, '');
  const octal = /^(-?)0([0-7]+)$/.exec(text);
  return octal === null ? text : `${octal[1]}${BigInt(`0o${octal[2]}`)}`;
}
