import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../../test/harness/extension-config.ts';
import { loggedStream, testConfig } from '../../../../test/harness/logged-stream.ts';
import { parseFormat } from '../../../common/formatter/formatter.ts';
import { celFormatter } from './index.ts';

const features = { enableStringConversion: true, enableStringConcat: false, enableStringFunctions: true };

test('its features are those of its commands alone', () => {
  const { context, info } = loggedStream({ ':path': '/a/b' });
  const { ctx, faults } = testConfig();
  const commands = celFormatter.createCommands(features);
  const format = "%CEL(request.path.split('/')[2].upperAscii())% %CEL(string(1))% %CEL('a' + 'b')%";
  assert.equal(parseFormat(format, ctx, { commands }).format(context, info), 'B 1 -');
  assert.deepEqual(faults(), []);
  parseFormat('%CEL(string(1))%', ctx);
  assert.match(faults().join(), /No overload found in reference resolve step for string/);
});

test('without a configuration it adds no feature', () => {
  const read = configReader([celFormatter]).read('envoy.extensions.formatter.cel.v3.Cel', {});
  assert.deepEqual(read.problems, []);
});
