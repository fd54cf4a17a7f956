/**
 * Text format to message: written over as JSON with the types in hand, so that one reader checks values. What the text
 * format is stricter about than JSON is checked here: field names, enum names, quotes, fields given twice.
 */
import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import { base64Encode } from '@bufbuild/protobuf/wire';
import { type ConfigContext, childPath, type SourcePosition } from '../../../sdk/config.ts';
import type { JsonInput, JsonInputObject } from './json-value.ts';
import { nearestName } from './nearest-name.ts';
import { parseProtoJson } from './parse-proto-json.ts';
import { placeInText } from './placed-syntax-error.ts';
import { toProtoJson } from './proto-json-writer.ts';
import { parseTextFormat, type TextField, type TextValue } from './text-format.ts';
import type { TypeRegistry } from './type-registry.ts';

export interface TextSource {
  readonly file: string;
  readonly text: string;
}

/** Throws ProtoTextError for bad syntax; faults in the content are gathered in `ctx`. */
export function parseProtoText(
  registry: TypeRegistry,
  desc: DescMessage,
  source: TextSource,
  ctx: ConfigContext,
): Message {
  const fields = parseTextFormat(source.text);
  const json = new TextToJson(registry, source, ctx).message(desc, fields, ctx.path);
  return parseProtoJson(registry, desc, json, ctx);
}

class TextToJson {
  readonly #registry: TypeRegistry;
  readonly #source: TextSource;
  readonly #ctx: ConfigContext;

  constructor(registry: TypeRegistry, source: TextSource, ctx: ConfigContext) {
    this.#registry = registry;
    this.#source = source;
    this.#ctx = ctx;
  }

  message(desc: DescMessage, fields: readonly TextField[], path: string): JsonInputObject {
    const json: Record<string, JsonInput> = Object.create(null);
    for (const written of fields) {
      const { name } = written;
      const at = childPath(path, name);
      const field = desc.fields.find((known) => known.name === name);
      if (field === undefined) this.#unknownField(desc, written, at);
      else if (field.fieldKind === 'map')
        json[name] = { ...(json[name] as JsonInputObject), ...this.#entries(field, written, at) };
      else if (field.fieldKind === 'list')
        json[name] = [...((json[name] as JsonInput[]) ?? []), ...this.#values(field, written, at)];
      else if (name in json || written.values.length !== 1)
        this.#fault(written, at, 'the field is given more than once');
      else json[name] = this.#values(field, written, at)[0] ?? null;
    }
    return json;
  }

  #values(field: DescField, written: TextField, path: string): JsonInput[] {
    return written.values.map((value) => this.#value(field, value, written, path));
  }

  #entries(field: DescField & { fieldKind: 'map' }, written: TextField, path: string): JsonInputObject {
    const entries: Record<string, JsonInput> = {};
    for (const value of written.values) {
      if (value.kind !== 'message') this.#fault(written, path, 'expected { key … value … }');
      else {
        const key = partOf(value.fields, 'key');
        const item = partOf(value.fields, 'value');
        entries[key === undefined ? '' : textOf(key)] =
          item === undefined ? {} : this.#value(field, item, written, path);
      }
    }
    return entries;
  }

  #value(field: DescField, value: TextValue, written: TextField, path: string): JsonInput {
    const fault = mismatch(field, value);
    if (fault !== undefined) this.#fault(written, path, fault);
    else if (value.kind === 'message')
      return field.message === undefined ? {} : this.#special(field.message, value.fields, path);
    else if (value.kind === 'word') return wordValue(field, value.text);
    else if (field.scalar === ScalarType.BYTES) return base64Encode(value.bytes);
    else return textOf(value);
    return null;
  }

  /** The messages whose JSON form is not that of their fields. */
  #special(desc: DescMessage, fields: readonly TextField[], path: string): JsonInput {
    if (desc.typeName === 'google.protobuf.Any') return this.#packed(desc, fields, path);
    const json = this.message(desc, fields, path);
    if (desc.typeName === 'google.protobuf.Struct') return json.fields ?? {};
    if (desc.typeName === 'google.protobuf.ListValue') return json.values ?? [];
    if (desc.typeName !== 'google.protobuf.Value') return json;
    const [kind] = Object.entries(json);
    return kind === undefined ? null : plainValue(kind[0], kind[1]);
  }

  /** `[type.googleapis.com/…] { … }`, or the type's URL and bytes. */
  #packed(anyDesc: DescMessage, fields: readonly TextField[], path: string): JsonInput {
    const [first] = fields;
    const inline = first?.bracketed === true ? first.values[0] : undefined;
    if (first !== undefined && inline?.kind === 'message') {
      const desc = this.#registry.messageForUrl(first.name);
      if (desc === undefined) return { '@type': first.name };
      const inner = this.#special(desc, inline.fields, path);
      if (desc.typeName.startsWith('google.protobuf.')) return { '@type': first.name, value: inner };
      return { '@type': first.name, ...(inner as JsonInputObject) };
    }
    const url = partOf(fields, 'type_url');
    const bytes = partOf(fields, 'value');
    const typeUrl = url === undefined ? '' : textOf(url);
    const value = bytes?.kind === 'string' ? bytes.bytes : new Uint8Array();
    return toProtoJson(this.#registry, anyDesc, Object.assign(this.#registry.create(anyDesc), { typeUrl, value }));
  }

  #unknownField(desc: DescMessage, written: TextField, path: string): void {
    const names = desc.fields.map((field) => field.name);
    this.#fault(written, path, `no such field in ${desc.typeName}`, nearestName(written.name, names));
  }

  #fault(written: TextField, path: string, message: string, didYouMean?: string): void {
    const { file, text } = this.#source;
    const position: SourcePosition = { file, ...placeInText(text, written.offset) };
    this.#ctx.collector.add({ path, message, position, ...(didYouMean === undefined ? {} : { didYouMean }) });
  }
}

/** What the text format does not take for a field, though JSON might. */
function mismatch(field: DescField, value: TextValue): string | undefined {
  if (field.message !== undefined) return value.kind === 'message' ? undefined : 'expected a message in braces';
  if (value.kind === 'message') return 'a message does not fit';
  const quoted = field.scalar === ScalarType.STRING || field.scalar === ScalarType.BYTES;
  if (quoted) return value.kind === 'string' ? undefined : 'expected a quoted string';
  if (value.kind === 'string') return 'a quoted string does not fit';
  if (field.enum === undefined || /^[+-]?\d/.test(value.text)) return undefined;
  const names = field.enum.values.map((known) => known.name);
  return names.includes(value.text) ? undefined : `unknown enum value '${value.text}' of ${field.enum.typeName}`;
}

/** A google.protobuf.Value's member as JSON: there a word in quotes would stay a string. */
function plainValue(member: string, value: JsonInput): JsonInput {
  switch (member) {
    case 'null_value':
      return null;
    case 'number_value':
      return Number(value);
    case 'bool_value':
      return /^(true|t|1)$/i.test(String(value));
    default:
      return value;
  }
}

function partOf(fields: readonly TextField[], name: string): TextValue | undefined {
  return fields.find((known) => known.name === name)?.values[0];
}

function textOf(value: TextValue): string {
  if (value.kind === 'string') return new TextDecoder().decode(value.bytes);
  return value.kind === 'word' ? value.text : '';
}

/** Numbers are decimal, octal or hexadecimal; `true`, `t` and their kin are the reader's. */
function wordValue(field: DescField, text: string): JsonInput {
  if (field.scalar === ScalarType.DOUBLE || field.scalar === ScalarType.FLOAT) {
    return text.replace(/(?<=[\d.])[fF]$/, '');
  }
  const octal = /^(-?)0([0-7]+)$/.exec(text);
  return octal === null ? text : `${octal[1]}${BigInt(`0o${octal[2]}`)}`;
}
