import type { DataSource } from '../../../../api/generated/envoy/config/core/v3/base_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';

/** What a DataSource holds, and how Envoy calls the place in its errors: a path, `<inline>`, or '' when it is empty. */
export interface SourceContent {
  readonly bytes: Uint8Array;
  readonly path: string;
}

export const noContent: SourceContent = { bytes: new Uint8Array(0), path: '' };

type Absence =
  /** It is as if it had not been given: what needs it says so. */
  | 'is empty'
  /** Of a file it is a fault, in Envoy's words. */
  | 'is a fault'
  /** Of anything. */
  | 'is always a fault';

/** Reads a DataSource of certificates, keys and the like. Nothing is watched: as in Envoy, only discovered secrets are. */
export function readSource(source: DataSource | undefined, absence: Absence, ctx: ConfigContext): SourceContent {
  if (source === undefined) return noContent;
  const { specifier } = source;
  switch (specifier.case) {
    case 'filename':
      return readFile(specifier.value, absence, ctx);
    case 'inlineBytes':
      return inline(specifier.value, absence, ctx);
    case 'inlineString':
      return inline(new TextEncoder().encode(specifier.value), absence, ctx);
    case 'environmentVariable':
      return inline(readVariable(specifier.value, ctx), absence, ctx);
    default:
      return noContent;
  }
}

function readVariable(name: string, ctx: ConfigContext): Uint8Array {
  const value = ctx.resources?.environmentVariable(name);
  if (value === undefined && ctx.resources !== undefined)
    ctx.child('environment_variable').error(`Environment variable doesn't exist: ${name}`);
  return new TextEncoder().encode(value ?? '');
}

function inline(bytes: Uint8Array, absence: Absence, ctx: ConfigContext): SourceContent {
  if (absence === 'is always a fault' && bytes.length === 0) ctx.error('DataSource cannot be empty');
  return { bytes, path: bytes.length === 0 ? '' : '<inline>' };
}

function readFile(path: string, absence: Absence, ctx: ConfigContext): SourceContent {
  const read = ctx.resources?.readFile(path) ?? { error: 'files cannot be read here' };
  const bytes = read instanceof Uint8Array ? read : noContent.bytes;
  if (absence !== 'is empty' && bytes.length === 0) {
    const missing = !(read instanceof Uint8Array);
    ctx.child('filename').error(missing ? `Invalid path: ${path}` : `file ${path} is empty`);
  }
  return { bytes, path };
}

/** The bytes that Envoy makes statistics' names of: those of inline_bytes alone. */
export function inlineBytesOf(source: DataSource): Uint8Array {
  return source.specifier.case === 'inlineBytes' ? source.specifier.value : noContent.bytes;
}

/** Undefined when it is none. */
export function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
