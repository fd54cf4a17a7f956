import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guardDogWorld } from '../../../../test/harness/guard-dog-world.ts';
import { profileAction } from './index.ts';

const config = { durationMs: 500, path: '/profiles', maxProfiles: 2 };
const stuck = [{ name: 'worker_0' }, { name: 'worker_1' }];
const counters = profileAction.counters('workers');

test('a file each thread, one profile at a time', () => {
  const { context, files, counts, inspector } = guardDogWorld();
  const action = profileAction.createAction(config, context);
  action.run('MEGAMISS', stuck);
  action.run('MEGAMISS', stuck);
  assert.deepEqual(inspector.asked, ['profile worker_0 500', 'profile worker_1 500']);
  for (const profile of ['{"a":1}', '{"b":2}']) inspector.answer(profile);
  assert.deepEqual(
    [...files].map(([path, text]) => [path.replace(/\d{2,}/, 'SECONDS'), text]),
    [
      ['/profiles/ProfileAction.SECONDS.worker_0.cpuprofile', '{"a":1}'],
      ['/profiles/ProfileAction.SECONDS.worker_1.cpuprofile', '{"b":2}'],
    ],
  );
  assert.deepEqual(counts(counters), [1, 1]);
});

test('no more than max_profiles', () => {
  const { context, log, counts, inspector } = guardDogWorld();
  const action = profileAction.createAction(config, context);
  for (let i = 0; i < 3; i++) {
    action.run('MISS', [{ name: 'worker_0' }]);
    if (i < 2) inspector.answer('{}');
  }
  assert.deepEqual(log, ['warn misc Profile Action: Unable to profile: enabled but already wrote 2 profiles.']);
  assert.deepEqual(counts(counters), [3, 2]);
});

test('what cannot be written is told and not counted as captured', () => {
  const { context, log, counts, inspector, faults } = guardDogWorld();
  const action = profileAction.createAction(config, context);
  action.run('MISS', [{ name: 'worker_0' }]);
  inspector.answer(undefined);
  faults.write = 'disk full';
  action.run('MISS', [{ name: 'worker_0' }]);
  inspector.answer('{}');
  assert.match(
    log[0] ?? '',
    /^error misc Profile file .*worker_0\.cpuprofile wasn't created: the thread does not listen/,
  );
  assert.match(log[1] ?? '', /wasn't created: disk full$/);
  faults.missingDirectory = true;
  profileAction.createAction(config, context).run('MISS', [{ name: 'worker_0' }]);
  assert.equal(log[2], "error misc Profile Action: Directory path /profiles doesn't exist.");
  assert.deepEqual(counts(counters), [3, 0]);
});
