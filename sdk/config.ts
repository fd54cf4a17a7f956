/**
 * How an extension sees its configuration.
 *
 * The Envoy proto is the configuration: an extension gets the decoded message (an object of `@bufbuild/protobuf`'s shape,
 * typed by `import type` from `api/generated`) and a `ConfigContext` that knows where in the document the message
 * stands. Fields that are not set read as their zero values from the message's prototype: a message is read, not spread
 * or changed. It turns the message into a checked, frozen object once. Faults are gathered, not thrown one by one: call
 * `ctx.error(…)` and go on, so that a person sees all of them at once.
 */
import type { Message } from '@bufbuild/protobuf';
import type { ExtensionLookup, LocalInfo, Runtime } from './extension.ts';

/** What `google.protobuf.Any` looks like in a decoded message. */
export interface PackedConfig {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** A place in a file; line and column count from 1. */
export interface SourcePosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface ConfigProblem {
  /** Path from the document's root in proto field names: `static_resources.listeners[0].filter_chains[0]`; '' is the root. */
  readonly path: string;
  /** What is wrong, without the path. */
  readonly message: string;
  /** What would have been right. */
  readonly expected?: string;
  /** A near name that exists. */
  readonly didYouMean?: string;
  readonly position?: SourcePosition;
}

/** Finds a path of the document; the nearest enclosing value when the path itself is absent. */
export type SourceLocator = (path: string) => SourcePosition | undefined;

/** Bad configuration: what a NACK carries and what the start-up prints. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[] | string, path = '') {
    const list = typeof problems === 'string' ? [{ path, message: problems }] : problems;
    super(list.map(formatConfigProblem).join('\n'));
    this.name = 'ConfigError';
    this.problems = list;
  }
}

/** `file:line:column: path: message (expected …; did you mean …?)`, without the parts that are unknown. */
export function formatConfigProblem(problem: ConfigProblem): string {
  const { position, path, message, expected, didYouMean } = problem;
  const place = position === undefined ? '' : `${position.file}:${position.line}:${position.column}: `;
  const hints: string[] = [];
  if (expected !== undefined) hints.push(`expected ${expected}`);
  if (didYouMean !== undefined) hints.push(`did you mean "${didYouMean}"?`);
  const tail = hints.length === 0 ? '' : ` (${hints.join('; ')})`;
  return `${place}${path === '' ? '' : `${path}: `}${message}${tail}`;
}

/** Gathers the problems of one document or one xDS resource. */
export class ConfigErrorCollector {
  readonly #problems: ConfigProblem[] = [];
  /** Path and words of each. */
  readonly #known = new Set<string>();
  readonly #locate: SourceLocator | undefined;
  /** Where something is wrong already, so that what is wrong there as well is its consequence. */
  #spoiled: ReadonlySet<string> = new Set();

  constructor(locate?: SourceLocator) {
    this.#locate = locate;
  }

  get problems(): readonly ConfigProblem[] {
    return this.#problems;
  }

  get hasErrors(): boolean {
    return this.#problems.length > 0;
  }

  /**
   * The document has been read: from now on it is looked at what it says, and who stumbles at a place that could not be
   * read, or at an extension whose configuration could not be, says nothing new.
   */
  endReading(): void {
    this.#spoiled = new Set(this.#problems.flatMap(({ path }) => [path, ...extensionsOf(path)]));
  }

  /** Adds a problem once: the same words at the same path are kept a single time. */
  add(problem: ConfigProblem): void {
    if (this.#spoiled.has(problem.path)) return;
    const known = this.#known.size;
    if (this.#known.add(`${problem.path}\n${problem.message}`).size === known) return;
    const position = problem.position ?? this.#locate?.(problem.path);
    this.#problems.push(position === undefined ? problem : { ...problem, position });
  }

  /** Runs `fn`; a ConfigError that it throws is gathered (its paths as they are) and the answer is undefined. */
  capture<T>(fn: () => T): T | undefined {
    try {
      return fn();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      for (const problem of error.problems) this.add(problem);
      return undefined;
    }
  }

  throwIfAny(): void {
    if (this.#problems.length > 0) throw new ConfigError(this.#problems);
  }
}

/** Of `a.typed_config.@type`: `a.typed_config` and `a`. */
function extensionsOf(path: string): string[] {
  const any = path.replace(/\.@type$/, '');
  const owner = any.replace(/\.typed_config$/, '');
  return path === any ? [] : [any, owner];
}

/** Names of the fields and oneof cases of a decoded message. */
export type FieldNameOf<M extends Message> = {
  [K in keyof M & string]: K extends `$${string}`
    ? never
    : Exclude<M[K], undefined> extends { case: infer C }
      ? Extract<C, string>
      : K;
}[keyof M & string];

/** Opens packed configuration. The server's is the registry of every Envoy API type. */
export interface ConfigUnpacker {
  /** The message inside, or undefined after `ctx` has been told why not (unknown type, bytes that do not decode). */
  unpack(any: PackedConfig, ctx: ConfigContext): Message | undefined;
}

/** What configuration may refer to outside itself. */
export interface ConfigResources {
  /** A file's bytes, or why it cannot be read. */
  readFile(path: string): Uint8Array | { readonly error: string };
  environmentVariable(name: string): string | undefined;
  directoryExists?(path: string): boolean;
  /** Why a log cannot be written to `path`, in the system's words; undefined when it can (the file exists then). */
  checkLogFile?(path: string): string | undefined;
  /** Something is used that will go, which no field's own deprecation tells; absent where nobody counts it. */
  noteDeprecatedUse?(text: string): void;
  /** Of the machine. */
  readonly hostname?: string;
  /** A new random one. */
  uuid?(): string;
  readonly secrets?: SecretLookup;
  /** Files whose changes are seen while the proxy runs; absent: they are read once. */
  readonly followed?: FollowedLookup;
  /** Who we are; absent where nothing is run with the configuration. */
  readonly node?: LocalInfo;
  /** Absent where nothing is run with the configuration. */
  readonly runtime?: Runtime;
  /** Whether `cluster_manager.local_cluster_name` is set. */
  readonly hasLocalCluster?: boolean;
  /** Whether a cluster of this name is known to be there, so that it need not be looked for when all has been read. */
  hasCluster?(name: string): boolean;
  /** See ConfigContext. */
  readonly isChecked?: boolean;
  /** One object a thread for a key, made on first use, for what is costly to open. */
  shared?<T>(key: string, create: () => T): T;
  /** Where this thread writes down what C's libraries hold for it, and who gives that back should it die; absent where nobody would. */
  readonly nativeLedger?: SharedArrayBuffer;
}

/** What an envoy.extensions.transport_sockets.tls.v3.Secret holds. */
export type SecretKind = 'tlsCertificate' | 'validationContext' | 'sessionTicketKeys' | 'genericSecret';

/** Secrets that configuration refers to by name. */
export interface SecretLookup {
  /** One of the bootstrap, as its message (TlsCertificate …); undefined when there is none of that kind and name. */
  staticSecret(kind: SecretKind, name: string): Message | undefined;
  /** Asks for one that is discovered; undefined, with the fault gathered, when that cannot be. */
  discover?(subscription: SecretSubscription, ctx: ConfigContext): DiscoveredSecret | undefined;
  /** Calls back when a discovered secret has come or changed. */
  onChange?(key: string, callback: () => void): Disposable;
}

/** A secret that stands in a file of discovery (SDS with `path_config_source`) and may change. */
export interface SecretSubscription {
  readonly kind: SecretKind;
  readonly name: string;
  readonly path: string;
  /** Where a change of the file is seen by something being moved there; '' = by the file itself being replaced. */
  readonly watchedDirectory: string;
  /** What is wrong with the configuration that asks, with secrets as they are now; undefined when nothing is. */
  readonly check: () => string | undefined;
}

export interface DiscoveredSecret {
  /** The same for all who ask for the same. */
  readonly key: string;
  /** As of a static secret; undefined until it has come. */
  readonly value: Message | undefined;
}

/** Contents of files that may change. Main follows them, all threads see what they are now. */
export interface FollowedLookup {
  /** Asks for one; undefined, with the fault gathered, when that cannot be. */
  follow(source: FollowedSource, ctx: ConfigContext): FollowedFile | undefined;
}

export interface FollowedSource {
  readonly path: string;
  /** Something that is put into this folder may have changed the file; '' = no such folder. */
  readonly watchedDirectory: string;
  /** Whether what is written into the file as it is counts too; default false. */
  readonly writes?: boolean;
  /** Present: the file is one of discovery, followed by being replaced, in which a resource is looked for. */
  readonly resource?: FollowedResource;
  /** What is wrong with contents, which are not taken then. */
  check?(bytes: Uint8Array): string | undefined;
}

/** A resource of a DiscoveryResponse. What asks for it waits, with the whole start, until it has come. */
export interface FollowedResource {
  /** Full name of its message. */
  readonly typeName: string;
  readonly name: string;
  /** Of the statistics of its discovery. */
  readonly statPrefix: string;
  /** What is waited for, as /init_dump shows it. */
  readonly initTarget: string;
}

export interface FollowedFile {
  /** Of a resource its message; undefined until it has come. */
  readonly current: FollowedContents | undefined;
  onChange(callback: (contents: FollowedContents) => void): Disposable;
}

export interface FollowedContents {
  readonly bytes: Uint8Array;
  /** Another number for each change, the same on all threads. */
  readonly version: number;
}

const noResources: ConfigResources = {
  readFile: () => ({ error: 'files cannot be read here' }),
  environmentVariable: () => undefined,
};

/** A place in a configuration and the collector of its problems. */
export class ConfigContext {
  readonly collector: ConfigErrorCollector;
  readonly path: string;
  /** Finds nested extensions, see resolveExtension in extension.ts; undefined in tests that need none. */
  readonly extensions: ExtensionLookup | undefined;
  /** Files and environment; undefined in tests that need none. */
  readonly resources: ConfigResources | undefined;
  /** Whether this very configuration was found to be without fault: what takes time may then wait until it is used. */
  get isChecked(): boolean {
    return this.resources?.isChecked ?? false;
  }
  readonly #unpacker: ConfigUnpacker | undefined;

  constructor(
    collector: ConfigErrorCollector,
    path = '',
    unpacker?: ConfigUnpacker,
    extensions?: ExtensionLookup,
    resources?: ConfigResources,
  ) {
    this.collector = collector;
    this.path = path;
    this.#unpacker = unpacker;
    this.extensions = extensions;
    this.resources = resources;
  }

  /** The context of a field: `child('virtual_hosts', 0)` for an element of a list, `child('tags', 'a')` for a map's key. */
  child(field: string, index?: number | string): ConfigContext {
    const path = childPath(this.path, field, index);
    return new ConfigContext(this.collector, path, this.#unpacker, this.extensions, this.resources);
  }

  /** The same place, where configuration may also refer to `more`. */
  withResources(more: Partial<ConfigResources>): ConfigContext {
    const resources = { ...(this.resources ?? noResources), ...more };
    return new ConfigContext(this.collector, this.path, this.#unpacker, this.extensions, resources);
  }

  /** The same place, whose problems others gather. */
  withCollector(collector: ConfigErrorCollector): ConfigContext {
    return new ConfigContext(collector, this.path, this.#unpacker, this.extensions, this.resources);
  }

  /** Gathers a problem here; the caller goes on with what it has. */
  error(message: string, hints: { readonly expected?: string; readonly didYouMean?: string } = {}): void {
    this.collector.add({ path: this.path, message, ...hints });
  }

  /** For a fault after which nothing sensible can follow. Whoever called parseConfig gathers it. */
  fail(message: string): never {
    throw new ConfigError(message, this.path);
  }

  /** Opens an `Any`; undefined when it cannot, with the problem gathered. */
  unpack(any: PackedConfig): Message | undefined {
    if (this.#unpacker === undefined) return this.fail('there is no type registry to open this with');
    return this.#unpacker.unpack(any, this);
  }

  /**
   * Refuses by name every field that is set and not listed: nothing is read and silently dropped.
   * Names are those of the decoded message (`idleTimeout`); of a oneof, the cases.
   */
  requireSupported<M extends Message>(message: M, supported: readonly FieldNameOf<M>[]): void {
    const known: readonly string[] = supported;
    for (const name of Object.keys(message)) {
      // Most of what a message has is supported, and then need not be looked at.
      if (known.includes(name)) continue;
      const set = setFieldName(message, name);
      if (set === undefined || known.includes(set)) continue;
      const field = protoName(set);
      this.child(field).error(`${message.$typeName}.${field} is not supported yet`);
    }
  }
}

/** Joins a path and a field: `a.b`, `a.b[0]`, `a.tags["x"]`. */
export function childPath(path: string, field: string, index?: number | string): string {
  const joined = path === '' ? field : `${path}.${field}`;
  if (index === undefined) return joined;
  return `${joined}[${typeof index === 'number' ? index : JSON.stringify(index)}]`;
}

/** Fields (and oneof cases) of a decoded message that differ from their default, by the message's own names. */
export function setFieldNames(message: Message): string[] {
  return Object.keys(message).flatMap((name) => setFieldName(message, name) ?? []);
}

/** The field's name, of a oneof its case; undefined when it is as if it were not there. */
function setFieldName(message: Message, name: string): string | undefined {
  if (name.charCodeAt(0) === dollar) return undefined;
  const value = (message as unknown as Readonly<Record<string, unknown>>)[name];
  if (isDefault(value)) return undefined;
  return isOneof(value) ? String(value.case) : name;
}

const dollar = 0x24;

function isOneof(value: unknown): value is { case: string | undefined } {
  if (typeof value !== 'object' || value === null || '$typeName' in value || !('case' in value)) return false;
  return value.case === undefined || 'value' in value;
}

function isDefault(value: unknown): boolean {
  switch (typeof value) {
    case 'undefined':
      return true;
    case 'string':
      return value === '';
    case 'number':
      return value === 0;
    case 'boolean':
      return !value;
    case 'bigint':
      return value === 0n;
    default:
      return value !== null && isEmptyObject(value as object);
  }
}

/** An empty list, map or bytes, or a oneof without a case; a message is never empty, it is set. */
function isEmptyObject(value: object): boolean {
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  if ('$typeName' in value) return false;
  if (isOneof(value)) return value.case === undefined;
  for (const _key in value) return false;
  return true;
}

function protoName(localName: string): string {
  return localName.replace(/\$$/, '').replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
