import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../../test/harness/extension-config.ts';
import { builtinCommands } from '../../../common/formatter/commands/builtin-commands.ts';
import { metadataFormatter } from './index.ts';

test('its configuration is accepted, its command is built in', () => {
  const type = 'envoy.extensions.formatter.metadata.v3.Metadata';
  assert.deepEqual(configReader([metadataFormatter]).read(type, {}).problems, []);
  assert.equal(metadataFormatter.createCommands(undefined).size, 0);
  assert.equal(builtinCommands.has('METADATA'), true);
});
