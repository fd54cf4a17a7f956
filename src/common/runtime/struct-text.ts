/**
 * A google.protobuf.Struct as protobuf's debug text, which is what Envoy shows of a runtime value that is a structure.
 * The word in front is protobuf's mark of a text that nobody should parse; there it changes from run to run.
 */
export type JsonStruct = Readonly<Record<string, unknown>>;

const MARK = 'goo.gle/debugonly ';

export function structText(struct: JsonStruct): string {
  return `${MARK}\n${fieldsText(struct, '')}`;
}

/** Entries of a map come by key. */
function fieldsText(struct: JsonStruct, indent: string): string {
  const keys = Object.keys(struct).sort();
  const entries = keys.map((key) => {
    const value = block('value', `${indent}  `, valueText(struct[key], `${indent}    `));
    return block('fields', indent, `${indent}  key: ${quoted(key)}\n${value}`);
  });
  return entries.join('');
}

function block(name: string, indent: string, body: string): string {
  return `${indent}${name} {\n${body}${indent}}\n`;
}

function valueText(value: unknown, indent: string): string {
  if (typeof value === 'string') return `${indent}string_value: ${quoted(value)}\n`;
  if (typeof value === 'number') return `${indent}number_value: ${value}\n`;
  if (typeof value === 'boolean') return `${indent}bool_value: ${value}\n`;
  if (value === null || typeof value !== 'object') return `${indent}null_value: NULL_VALUE\n`;
  if (!Array.isArray(value)) return block('struct_value', indent, fieldsText(value as JsonStruct, `${indent}  `));
  const items = value.map((item) => block('values', `${indent}  `, valueText(item, `${indent}    `)));
  return block('list_value', indent, items.join(''));
}

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', "'": "\\'" };

/** Bytes beyond ASCII are octal. */
function quoted(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let result = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (character === '\\') result += '\\\\';
    else if (ESCAPES[character] !== undefined) result += ESCAPES[character];
    else if (byte < 0x20 || byte >= 0x7f) result += `\\${byte.toString(8).padStart(3, '0')}`;
    else result += character;
  }
  return `"${result}"`;
}
