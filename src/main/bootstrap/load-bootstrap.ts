/** The bootstrap: read, merged, checked against the rules of the API; every fault placed in its file. */
import { readFileSync } from 'node:fs';
import type { DescMessage } from '@bufbuild/protobuf';
import type { Bootstrap } from '../../../api/generated/envoy/config/bootstrap/v3/bootstrap_pb.d.ts';
import {
  ConfigContext,
  ConfigError,
  ConfigErrorCollector,
  type ConfigProblem,
  formatConfigProblem,
  type SourceLocator,
} from '../../../sdk/config.ts';
import type { TypeRegistry } from '../../common/proto/type-registry.ts';
import { MessageValidator } from '../../common/proto/validate-message.ts';
import { deprecatedFeatures } from './deprecated-features.ts';
import { formatOf, type ReadDocument, readDocument } from './read-document.ts';
import { createLocator } from './source-locator.ts';

export const BOOTSTRAP_TYPE = 'envoy.config.bootstrap.v3.Bootstrap';

export interface BootstrapOptions {
  readonly registry: TypeRegistry;
  /** `--allow-unknown-static-fields`: unknown fields are warned of and left out. */
  readonly allowUnknownFields?: boolean;
  /** `-c`, `--config-path`; the ending says the format. */
  readonly configPath?: string | undefined;
  /** `--config-yaml`, merged over the file. */
  readonly configYaml?: string | undefined;
  /** For tests: what reads the file. */
  readonly readFile?: (path: string) => Uint8Array;
}

export interface LoadedBootstrap {
  readonly bootstrap: Bootstrap;
  /** Has the problems found so far; later checks add theirs, with paths from the bootstrap's root. */
  readonly collector: ConfigErrorCollector;
  /** A context at the bootstrap's root. */
  readonly ctx: ConfigContext;
  readonly locate: SourceLocator;
  /** Envoy's words about deprecated and (when allowed) unknown fields, for the log. */
  readonly warnings: readonly string[];
  /** How many uses of deprecated fields Envoy would have counted. */
  readonly deprecatedUses: number;
}

/** Loads and checks; throws ConfigError with all that is wrong. */
export function loadBootstrap(options: BootstrapOptions): LoadedBootstrap {
  const loaded = readBootstrap(options);
  loaded.collector.throwIfAny();
  return loaded;
}

/** As `loadBootstrap`, but leaves the problems in the collector, so that more checks can add to them before one report. */
export function readBootstrap(options: BootstrapOptions): LoadedBootstrap {
  const { registry } = options;
  const desc = registry.requireMessage(BOOTSTRAP_TYPE);
  const warnings = new Set<string>();
  const warn = (text: string): void => void warnings.add(text);
  const documents = readDocuments(options, desc, warn);
  const bootstrap = mergeDocuments(registry, desc, documents) as Bootstrap;
  const locate = locatorOf(documents);
  const collector = new ConfigErrorCollector(locate);
  const faults = documents.flatMap((document) => document.problems);
  for (const problem of faults) collector.add(problem);
  const ctx = new ConfigContext(collector, '', registry);
  const allowUnknownFields = options.allowUnknownFields === true;
  const features = deprecatedFeatures(bootstrap.layeredRuntime);
  const validator = new MessageValidator(registry, { warn, allowUnknownFields, deprecatedFeatures: features });
  const isConsequence = consequenceOf(faults);
  for (const problem of brokenRules(validator, desc, bootstrap, registry)) {
    if (!isConsequence(problem)) collector.add(problem);
  }
  collector.endReading();
  const { deprecatedUses } = validator;
  return { bootstrap, collector, ctx, locate, warnings: [...warnings], deprecatedUses };
}

function readDocuments(options: BootstrapOptions, desc: DescMessage, warn: (text: string) => void): ReadDocument[] {
  const { registry, configPath, configYaml } = options;
  const onUnknown =
    options.allowUnknownFields === true
      ? (problem: ConfigProblem) => warn(`Unknown field: ${formatConfigProblem(problem)}`)
      : undefined;
  const documents: ReadDocument[] = [];
  if (configPath !== undefined && configPath !== '') {
    const bytes = readConfigFile(configPath, options.readFile ?? readFileSync);
    documents.push(readDocument(registry, desc, configPath, formatOf(configPath), bytes, onUnknown));
  }
  if (configYaml !== undefined && configYaml !== '') {
    documents.push(
      readDocument(registry, desc, '--config-yaml', 'yaml', new TextEncoder().encode(configYaml), onUnknown),
    );
  }
  if (documents.length === 0)
    throw new ConfigError(
      'At least one of --config-path or --config-yaml or Options::configProto() should be non-empty',
    );
  return documents;
}

function readConfigFile(path: string, readFile: (path: string) => Uint8Array): Uint8Array {
  try {
    return readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new ConfigError(`Invalid path: ${path}`);
    throw new ConfigError(`unable to read file ${path}: ${error instanceof Error ? error.message : error}`);
  }
}

/** Protobuf's MergeFrom: single fields are replaced, messages merged, lists joined. */
function mergeDocuments(registry: TypeRegistry, desc: DescMessage, documents: readonly ReadDocument[]): object {
  const [first, ...rest] = documents;
  if (first === undefined) throw new Error('nothing to merge');
  for (const { message } of rest) registry.merge(desc, first.message, registry.encode(message));
  return first.message;
}

/** What a binary or text file says has no place of its own: the file's beginning stands for it. */
function locatorOf(documents: readonly ReadDocument[]): SourceLocator {
  const sources = documents.flatMap((document) => document.source ?? []);
  const unplaced = documents.find((document) => document.source === undefined);
  const locate = createLocator(sources);
  return (path) => locate(path) ?? (unplaced === undefined ? undefined : { file: unplaced.file, line: 1, column: 1 });
}

function brokenRules(
  validator: MessageValidator,
  desc: DescMessage,
  bootstrap: Bootstrap,
  registry: TypeRegistry,
): readonly ConfigProblem[] {
  const collector = new ConfigErrorCollector();
  validator.validate(desc, bootstrap, new ConfigContext(collector, '', registry));
  return collector.problems;
}

/** A rule broken next to or beneath a field that could not be read says nothing new. */
function consequenceOf(faults: readonly ConfigProblem[]): (problem: ConfigProblem) => boolean {
  const paths = new Set(faults.map(({ path }) => path));
  const parents = new Set(faults.map(({ path }) => parentOf(path)));
  return ({ path }) => {
    if (paths.size === 0) return false;
    if (parents.has(path) || parents.has(parentOf(path))) return true;
    for (let end = 0; end <= path.length; end++) if (paths.has(path.slice(0, end))) return true;
    return false;
  };
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('.'), 0));
}
