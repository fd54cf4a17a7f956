import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loggedStream, testConfig } from '../../../../test/harness/logged-stream.ts';
import { parseFormat } from '../../../common/formatter/formatter.ts';
import { reqWithoutQuery } from './index.ts';

test('the value of a header without its query, cut after that', () => {
  const { context, info } = loggedStream({ ':path': '/path?a=b' });
  const { ctx, faults } = testConfig();
  const commands = reqWithoutQuery.createCommands(undefined);
  const formatter = parseFormat('%REQ_WITHOUT_QUERY(none?:path)%|%REQ_WITHOUT_QUERY(:path):2%', ctx, { commands });
  assert.deepEqual(faults(), []);
  assert.equal(formatter.format(context, info), '/path|/p');
});
