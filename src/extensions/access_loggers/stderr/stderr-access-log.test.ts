import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logLine } from '../../../../test/harness/log-line.ts';
import { stderrAccessLog } from './index.ts';

const type = 'envoy.extensions.access_loggers.stream.v3.StderrAccessLog';

test('lines go to the standard stream of that name', () => {
  const form = { log_format: { text_format_source: { inline_string: '%REQ(:path)%\n' } } };
  assert.deepEqual(logLine([stderrAccessLog], type, form), { path: '/dev/stderr', line: '/p?q\n' });
});

test('without a format there is the default line', () => {
  assert.match(
    logLine([stderrAccessLog], type, {}).line,
    /^\[2026-11-21T12:06:02\.124Z\] "- \/p\?q -" 0 - 0 0 5 .*"-"\n$/,
  );
});
