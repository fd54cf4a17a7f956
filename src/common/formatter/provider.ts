import type { LogContext } from '../../../sdk/extension.ts';
import type { StreamInfo, StructValue } from '../../../sdk/stream-info.ts';
import { toByteText, truncate } from './byte-text.ts';
import { jsonOfBytes, jsonOfValue } from './json-text.ts';

/** A command of a format, ready: what `%X%` stands for. */
export interface FormatProvider {
  /** As a byte string (byte-text.ts); undefined when there is nothing. */
  text(context: LogContext, streamInfo: StreamInfo): string | undefined;
  /** As JSON text in bytes, with its type kept; undefined when there is nothing. */
  json(context: LogContext, streamInfo: StreamInfo): string | undefined;
}

type Extract<T> = (context: LogContext, streamInfo: StreamInfo) => T | undefined;

/** Of a byte string: a header's value, or what is ASCII by its nature. */
export class BytesProvider implements FormatProvider {
  readonly #extract: Extract<string>;
  readonly #maxLength: number | undefined;

  constructor(extract: Extract<string>, maxLength?: number) {
    this.#extract = extract;
    this.#maxLength = maxLength;
  }

  text(context: LogContext, streamInfo: StreamInfo): string | undefined {
    const value = this.#extract(context, streamInfo);
    return value === undefined ? undefined : truncate(value, this.#maxLength);
  }

  json(context: LogContext, streamInfo: StreamInfo): string | undefined {
    const value = this.text(context, streamInfo);
    return value === undefined ? undefined : jsonOfBytes(value);
  }
}

/** Of text that may be outside ASCII: names of the configuration. */
export class TextProvider extends BytesProvider {
  constructor(extract: Extract<string>, maxLength?: number) {
    super((context, streamInfo) => {
      const value = extract(context, streamInfo);
      return value === undefined ? undefined : toByteText(value);
    }, maxLength);
  }
}

export class NumberProvider implements FormatProvider {
  readonly #extract: Extract<number>;

  constructor(extract: Extract<number>) {
    this.#extract = extract;
  }

  text(context: LogContext, streamInfo: StreamInfo): string | undefined {
    const value = this.#extract(context, streamInfo);
    return value === undefined ? undefined : String(value);
  }

  json(context: LogContext, streamInfo: StreamInfo): string | undefined {
    return this.text(context, streamInfo);
  }
}

/** Of a JSON-like value, as metadata holds. In JSON only strings are cut to the maximum length. */
export class ValueProvider implements FormatProvider {
  readonly #extract: Extract<StructValue>;
  readonly #maxLength: number | undefined;

  constructor(extract: Extract<StructValue>, maxLength?: number) {
    this.#extract = extract;
    this.#maxLength = maxLength;
  }

  text(context: LogContext, streamInfo: StreamInfo): string | undefined {
    const value = this.#extract(context, streamInfo);
    if (value === undefined || value === null) return undefined;
    return truncate(typeof value === 'string' ? toByteText(value) : jsonOfValue(value), this.#maxLength);
  }

  json(context: LogContext, streamInfo: StreamInfo): string | undefined {
    const value = this.#extract(context, streamInfo);
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string') return jsonOfBytes(truncate(toByteText(value), this.#maxLength));
    return jsonOfValue(value);
  }
}

/** Text between commands, and what is known when the configuration is read. */
export class ConstantProvider implements FormatProvider {
  readonly constant: string;
  readonly #json: string;

  /** @param constant a byte string */
  constructor(constant: string) {
    this.constant = constant;
    this.#json = jsonOfBytes(constant);
  }

  text(): string {
    return this.constant;
  }

  json(): string {
    return this.#json;
  }
}
