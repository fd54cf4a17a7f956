/** One configuration file, or text from the command line, to a message. */
import type { DescMessage, Message } from '@bufbuild/protobuf';
import { YAMLException } from 'js-yaml';
import { ConfigContext, ConfigError, ConfigErrorCollector, type ConfigProblem } from '../../../sdk/config.ts';
import { isObject, type JsonInput } from '../../common/proto/json-value.ts';
import { parseProtoJson } from '../../common/proto/parse-proto-json.ts';
import { parseProtoText } from '../../common/proto/parse-proto-text.ts';
import { PlacedSyntaxError } from '../../common/proto/placed-syntax-error.ts';
import type { TypeRegistry } from '../../common/proto/type-registry.ts';
import { faultlessCheck } from '../../common/proto/validate-message.ts';
import { JsonSyntaxError, parseJson } from './json.ts';
import { createLocator, type SourceText } from './source-locator.ts';
import { parseYaml } from './yaml.ts';

export type DocumentFormat = 'yaml' | 'json' | 'binary' | 'text';

export interface ReadDocument {
  readonly file: string;
  readonly message: Message;
  /** Faults with their positions. */
  readonly problems: readonly ConfigProblem[];
  /** Undefined for a binary file, whose parts have no place. */
  readonly source: SourceText | undefined;
}

/** By the file's ending, in any case, as Envoy decides it: what has no known ending is JSON. */
export function formatOf(path: string): DocumentFormat {
  const name = path.toLowerCase();
  if (name.endsWith('.pb')) return 'binary';
  if (name.endsWith('.pb_text')) return 'text';
  return name.endsWith('.yaml') || name.endsWith('.yml') ? 'yaml' : 'json';
}

/** Throws ConfigError when the bytes are not of the format at all; faults in the content are gathered in the answer. */
export function readDocument(
  registry: TypeRegistry,
  desc: DescMessage,
  file: string,
  format: DocumentFormat,
  bytes: Uint8Array,
  onUnknown?: (problem: ConfigProblem) => void,
): ReadDocument {
  if (format === 'binary')
    return { file, message: readBinary(registry, desc, file, bytes), problems: [], source: undefined };
  // Only YAML may begin with a byte order mark.
  const text = new TextDecoder('utf-8', { ignoreBOM: format !== 'yaml' }).decode(bytes);
  const source = { file, text };
  if (format === 'text') {
    const collector = new ConfigErrorCollector();
    const ctx = new ConfigContext(collector, '', registry);
    const message = atPosition(file, () => parseProtoText(registry, desc, source, ctx));
    return {
      file,
      message,
      problems: collector.problems.map((problem) => ({ ...placeOf(file), ...problem })),
      source: undefined,
    };
  }
  const value = atPosition(file, () => (format === 'yaml' ? parseYaml(text) : parseJson(text)));
  if (!isObject(value)) throw new ConfigError([{ path: '', message: notAMapping(value), ...placeOf(file) }]);
  const collector = new ConfigErrorCollector(createLocator([source]));
  const options = { onUnknown, isFaultless: faultlessCheck(registry) };
  const message = parseProtoJson(registry, desc, value, new ConfigContext(collector, '', registry), options);
  return { file, message, problems: collector.problems, source };
}

function readBinary(registry: TypeRegistry, desc: DescMessage, file: string, bytes: Uint8Array): Message {
  const message = registry.decode(desc, bytes);
  if (message !== undefined) return message;
  const fault = `unable to parse as a binary protobuf (type ${desc.typeName})`;
  throw new ConfigError([{ path: '', message: fault, ...placeOf(file) }]);
}

function notAMapping(value: JsonInput): string {
  return value === null ? 'the configuration is empty' : 'the configuration must be a mapping of fields';
}

function placeOf(file: string): { position: { file: string; line: number; column: number } } {
  return { position: { file, line: 1, column: 1 } };
}

/** What mostly lies behind a fault that the parser tells in terms of its own. */
function hintOf(reason: string): string {
  if (reason.startsWith('bad indentation')) {
    return ' (is the line indented as its neighbours, with a colon and a space after its key?)';
  }
  if (reason === 'deficient indentation') return ' (is a quote, bracket or brace before it not closed?)';
  if (reason.startsWith('name of an alias')) return ' (a value that begins with * needs quotes)';
  return '';
}

/** Runs a reader; its syntax error becomes a ConfigError with the place. */
function atPosition<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof YAMLException) {
      const position = { file, line: (error.mark?.line ?? 0) + 1, column: (error.mark?.column ?? 0) + 1 };
      throw new ConfigError([
        { path: '', message: `not valid YAML: ${error.reason}${hintOf(error.reason)}`, position },
      ]);
    }
    if (error instanceof PlacedSyntaxError) {
      const { line, column } = error;
      const message = error instanceof JsonSyntaxError ? `not valid JSON: ${error.message}` : error.message;
      throw new ConfigError([{ path: '', message, position: { file, line, column } }]);
    }
    throw error;
  }
}
