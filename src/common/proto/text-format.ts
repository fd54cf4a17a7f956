/** The syntax of protobuf's text format, without knowledge of types: fields with scalars and messages as written. */

import { PlacedSyntaxError } from './placed-syntax-error.ts';

export class ProtoTextError extends PlacedSyntaxError {
  override readonly name = 'ProtoTextError';
}

/** A string keeps its bytes; anything else that is not a message (number, enum name, boolean) keeps its text. */
export type TextValue =
  | { readonly kind: 'string'; readonly bytes: Uint8Array }
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'message'; readonly fields: readonly TextField[] };

export interface TextField {
  /** A field's name, or the type URL or extension name of `[…]`. */
  readonly name: string;
  readonly bracketed: boolean;
  /** Where the name stands. */
  readonly offset: number;
  /** Several when written as `[a, b]`. */
  readonly values: readonly TextValue[];
}

const SPACE = /(?:\s|#[^\n]*)+/y;
const NAME = /[A-Za-z_]\w*/y;
const BRACKETED = /\[\s*([\w./-]+)\s*\]/y;
const WORD = /-?\s*(?:[A-Za-z_][\w]*|(?:0[xX][\da-fA-F]+|[\d.]+(?:[eE][+-]?\d+)?)[fF]?)/y;
const STRING = /"((?:[^"\\\n]|\\[\s\S])*)"|'((?:[^'\\\n]|\\[\s\S])*)'/y;

/** Throws ProtoTextError at the first thing that is not text format. */
export function parseTextFormat(source: string): readonly TextField[] {
  return new TextParser(source).fields(undefined);
}

class TextParser {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
    this.#take(SPACE);
  }

  fields(close: string | undefined): TextField[] {
    const fields: TextField[] = [];
    for (;;) {
      if (this.#at >= this.#source.length && close === undefined) return fields;
      if (close !== undefined && this.#skip(close)) return fields;
      fields.push(this.#field());
      if (!this.#skip(',')) this.#skip(';');
    }
  }

  #field(): TextField {
    const offset = this.#at;
    const bracket = this.#take(BRACKETED);
    const name = bracket?.[1] ?? this.#take(NAME)?.[0];
    if (name === undefined) this.#fail('expected a field name');
    const colon = this.#skip(':');
    const values = this.#skip('[') ? this.#list() : [this.#value(colon)];
    return { name, bracketed: bracket !== undefined, offset, values };
  }

  #list(): TextValue[] {
    const values: TextValue[] = [];
    if (this.#skip(']')) return values;
    do values.push(this.#value(true));
    while (this.#skip(','));
    if (!this.#skip(']')) this.#fail('expected "]"');
    return values;
  }

  #value(colon: boolean): TextValue {
    if (this.#skip('{')) return { kind: 'message', fields: this.fields('}') };
    if (this.#skip('<')) return { kind: 'message', fields: this.fields('>') };
    if (!colon) this.#fail('expected ":" or a message');
    const strings: Uint8Array[] = [];
    for (let match = this.#take(STRING); match !== undefined; match = this.#take(STRING)) {
      strings.push(unescapeString(match[1] ?? match[2] ?? ''));
    }
    if (strings.length > 0) return { kind: 'string', bytes: concatenate(strings) };
    const word = this.#take(WORD)?.[0];
    if (word === undefined) this.#fail('expected a value');
    return { kind: 'word', text: word.replace(/\s/g, '') };
  }

  #skip(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    this.#take(SPACE);
    return true;
  }

  #take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#source);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    if (pattern !== SPACE) this.#take(SPACE);
    return match;
  }

  #fail(message: string): never {
    throw new ProtoTextError(message, this.#source, this.#at);
  }
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, a: 7, b: 8, f: 12, v: 11 };

function unescapeString(text: string): Uint8Array {
  if (!text.includes('\\')) return new TextEncoder().encode(text);
  const parts: Uint8Array[] = [];
  for (const match of text.matchAll(/\\([0-7]{1,3})|\\[xX]([\da-fA-F]{1,2})|\\u([\da-fA-F]{4})|\\([\s\S])|[^\\]+/g)) {
    const [whole, octal, hex, unicode, other] = match;
    if (octal !== undefined) parts.push(Uint8Array.of(Number.parseInt(octal, 8)));
    else if (hex !== undefined) parts.push(Uint8Array.of(Number.parseInt(hex, 16)));
    else if (unicode !== undefined)
      parts.push(new TextEncoder().encode(String.fromCharCode(Number.parseInt(unicode, 16))));
    else if (other !== undefined) parts.push(escaped(other));
    else parts.push(new TextEncoder().encode(whole));
  }
  return concatenate(parts);
}

function escaped(char: string): Uint8Array {
  const code = ESCAPES[char];
  return code === undefined ? new TextEncoder().encode(char) : Uint8Array.of(code);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
