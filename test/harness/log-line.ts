import assert from 'node:assert/strict';
import type { AccessLoggerExtension, ServerFactoryContext } from '../../sdk/extension.ts';
import type { JsonInput } from '../../src/common/proto/json-value.ts';
import { configReader } from './extension-config.ts';
import { loggedStream } from './logged-stream.ts';

/** What the access logger of a configuration writes for one request to `/p?q`, and to which path. */
export function logLine(
  extensions: readonly unknown[],
  type: string,
  json: JsonInput,
): { readonly path: string; readonly line: string } {
  const reader = configReader(extensions);
  const { config, problems } = reader.read(type, json);
  assert.deepEqual(problems, []);
  const written = { path: '', line: '' };
  const accessLogManager = {
    createAccessLog: (path: string) => {
      written.path = path;
      return {
        write: (line: string) => {
          written.line += line;
        },
        reopen: () => {},
        flush: () => {},
      };
    },
  };
  const logger = reader.registry.byConfigType('envoy.access_loggers', type) as AccessLoggerExtension;
  const { context, info } = loggedStream({ ':path': '/p?q' });
  logger.createAccessLog(config, { accessLogManager } as unknown as ServerFactoryContext).log(context, info);
  return written;
}
