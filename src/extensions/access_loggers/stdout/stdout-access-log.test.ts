import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logLine } from '../../../../test/harness/log-line.ts';
import { stdoutAccessLog } from './index.ts';

const type = 'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog';

test('lines go to the standard stream of that name', () => {
  const form = { log_format: { text_format_source: { inline_string: '%REQ(:path)%\n' } } };
  assert.deepEqual(logLine([stdoutAccessLog], type, form), { path: '/dev/stdout', line: '/p?q\n' });
});

test('without a format there is the default line', () => {
  assert.match(
    logLine([stdoutAccessLog], type, {}).line,
    /^\[2026-11-21T12:06:02\.124Z\] "- \/p\?q -" 0 - 0 0 5 .*"-"\n$/,
  );
});
