import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { fileHealthCheckEventSink as sink } from './index.ts';

const type = 'envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink';

test('events are lines of JSON, as bytes; a file that cannot be opened is refused', () => {
  const checkLogFile = (path: string) => (path === '/nowhere' ? 'No such file or directory' : undefined);
  const reader = configReader([sink], {
    readFile: () => new Uint8Array(),
    environmentVariable: () => undefined,
    checkLogFile,
  });
  const { config } = reader.read(type, { event_log_path: '/log' });
  const lines: string[] = [];
  const file = { write: (text: string) => void lines.push(text), reopen() {}, flush() {} };
  const accessLogManager = { createAccessLog: (path: string) => (path === '/log' ? file : assert.fail(path)) };
  sink.createSink(config as string, { accessLogManager }).log({ cluster_name: 'ä' });
  assert.deepEqual(lines, ['{"cluster_name":"\u00c3\u00a4"}\n']);
  assert.match(reader.read(type, { event_log_path: '/nowhere' }).problems[0] ?? '', /unable to open file '\/nowhere'/);
});
