import type { DataSource } from '../../../api/generated/envoy/config/core/v3/base_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';

const nothing = new Uint8Array();

/**
 * The bytes of an envoy.config.core.v3.DataSource; empty, with the fault gathered, when they cannot be had. They are read
 * once, as Envoy does it but for few: to others `watched_directory` means nothing.
 */
export function readDataSource({ specifier }: DataSource, ctx: ConfigContext): Uint8Array {
  switch (specifier.case) {
    case 'inlineBytes':
      return specifier.value;
    case 'inlineString':
      return new TextEncoder().encode(specifier.value);
    case 'filename':
      return readFile(specifier.value, ctx.child('filename'));
    case 'environmentVariable':
      return readVariable(specifier.value, ctx.child('environment_variable'));
    default:
      ctx.error('a specifier is required', {
        expected: 'one of filename, inline_bytes, inline_string, environment_variable',
      });
      return nothing;
  }
}

function readFile(path: string, ctx: ConfigContext): Uint8Array {
  const bytes = ctx.resources?.readFile(path) ?? { error: 'files cannot be read here' };
  if (bytes instanceof Uint8Array) return bytes;
  ctx.error(`unable to read file: ${path}: ${bytes.error}`);
  return nothing;
}

function readVariable(name: string, ctx: ConfigContext): Uint8Array {
  const text = ctx.resources?.environmentVariable(name);
  if (text !== undefined) return new TextEncoder().encode(text);
  ctx.error(`Environment variable doesn't exist: ${name}`);
  return nothing;
}
