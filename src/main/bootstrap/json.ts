/**
 * JSON as protobuf's own reader takes it, which is what Envoy reads `.json` with: besides JSON proper a comma before a
 * closing bracket, single quotes, bare keys and control characters in strings.
 */
import type { JsonInput } from '../../common/proto/json-value.ts';
import { PlacedSyntaxError } from '../../common/proto/placed-syntax-error.ts';

/** Integers beyond 53 bits come as bigint. Throws JsonSyntaxError. */
export function parseJson(text: string): JsonInput {
  try {
    // What is called for every value takes several times what reading takes: only for numbers that may need it.
    return JSON.parse(text, MANY_DIGITS.test(text) ? exactIntegers : undefined);
  } catch {
    return new LenientJson(text).document();
  }
}

/** The largest safe integer has 16. */
const MANY_DIGITS = /\d{16}/;

function exactIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return numberOf(context?.source ?? '');
}

function numberOf(source: string): number | bigint {
  const number = Number(source);
  return /^-?\d+$/.test(source) && !Number.isSafeInteger(number) ? BigInt(source) : number;
}

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])/y;
const WORD = /[A-Za-z_$][\w$]*/y;
const STRING = /"((?:[^"\\]|\\[\s\S])*)"|'((?:[^'\\]|\\[\s\S])*)'/y;
const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

export class JsonSyntaxError extends PlacedSyntaxError {
  override readonly name = 'JsonSyntaxError';
}

class LenientJson {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonInput {
    const value = this.#value();
    this.#take(SPACE);
    if (this.#at < this.#text.length) this.#fail('extraneous characters after the end');
    return value;
  }

  #value(): JsonInput {
    if (this.#skip('{')) return this.#object();
    if (this.#skip('[')) return this.#list();
    const string = this.#string();
    if (string !== undefined) return string;
    const number = this.#take(NUMBER);
    if (number !== undefined) return numberOf(number);
    const word = this.#take(WORD);
    if (word === 'true' || word === 'false') return word === 'true';
    return word === 'null' ? null : this.#fail('expected a value');
  }

  #object(): JsonInput {
    const object: Record<string, JsonInput> = Object.create(null);
    while (!this.#skip('}')) {
      this.#take(SPACE);
      const key = this.#string() ?? this.#take(WORD) ?? this.#fail('expected a key');
      if (!this.#skip(':')) this.#fail('expected ":"');
      object[key] = this.#value();
      if (this.#skip(',')) continue;
      if (!this.#skip('}')) this.#fail('expected "," or "}"');
      break;
    }
    return object;
  }

  #list(): JsonInput {
    const list: JsonInput[] = [];
    while (!this.#skip(']')) {
      list.push(this.#value());
      if (this.#skip(',')) continue;
      if (!this.#skip(']')) this.#fail('expected "," or "]"');
      break;
    }
    return list;
  }

  #string(): string | undefined {
    const quoted = this.#take(STRING);
    return quoted
      ?.slice(1, -1)
      .replace(/\\u([\da-fA-F]{4})|\\([\s\S])/g, (_, hex: string | undefined, char: string) => {
        return hex === undefined ? (ESCAPES[char] ?? char) : String.fromCharCode(Number.parseInt(hex, 16));
      });
  }

  #skip(char: string): boolean {
    this.#take(SPACE);
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    this.#take(SPACE);
    return true;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match[0];
  }

  #fail(message: string): never {
    throw new JsonSyntaxError(message, this.#text, this.#at);
  }
}
