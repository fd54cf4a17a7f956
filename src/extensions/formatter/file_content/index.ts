import type { ConfigContext } from '../../../../sdk/config.ts';
import { FollowedText } from '../../../common/followed/followed-text.ts';
import { truncate } from '../../../common/formatter/byte-text.ts';
import { type Command, withParams } from '../../../common/formatter/command-syntax.ts';
import type { FormatterExtension } from '../../../common/formatter/formatter-extension.ts';
import { BytesProvider } from '../../../common/formatter/provider.ts';

/**
 * `path`, or `path:folder`. It is read again when it is written to; being put there anew counts only where the folder that
 * tells of it is named, as in Envoy.
 */
const fileContent: Command = withParams('optional params', 'with length', ({ params, maxLength }, ctx) => {
  const parts = params.split(':').filter((part) => part !== '');
  const [path, folder] = parts;
  if (path === undefined || parts.length > 2) {
    ctx.error(`FILE_CONTENT: expected format 'path' or 'path:watch_directory', got '${params}'`);
    return undefined;
  }
  const initial = read(path, folder, ctx);
  if (initial === undefined) return undefined;
  const source = { path, watchedDirectory: folder ?? '', writes: true };
  const content = new FollowedText(source, initial, (bytes) => truncate(toBytes(bytes), maxLength), ctx);
  return new BytesProvider(() => content.value);
});

function toBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function read(path: string, folder: string | undefined, ctx: ConfigContext): Uint8Array | undefined {
  if (!path.includes('/') && folder === undefined) {
    ctx.error(`invalid file path ${path}`);
    return undefined;
  }
  const bytes = ctx.resources?.readFile(path);
  if (!(bytes instanceof Uint8Array)) {
    ctx.error(`Invalid path: ${path}`);
    return undefined;
  }
  if (folder !== undefined && ctx.resources?.directoryExists?.(folder) === false) {
    ctx.error(`unable to add filesystem watch for file ${folder}/: No such file or directory`);
  }
  return bytes;
}

/** `%FILE_CONTENT(path):Z%` (envoy.extensions.formatter.file_content.v3.FileContent). */
export const fileContentFormatter: FormatterExtension<undefined> = {
  category: 'envoy.formatter',
  name: 'envoy.formatter.file_content',
  configTypes: ['envoy.extensions.formatter.file_content.v3.FileContent'],
  parseConfig: () => undefined,
  createCommands: () => new Map([['FILE_CONTENT', fileContent]]),
};
