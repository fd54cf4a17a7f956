import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRunOptions, parseTurnOptions } from './options.ts';

test('without flags all scenarios run on all proxies, in three turns of five seconds, warmed up for ten', () => {
  const { scenarios, peers, turns, seconds, warmUpSeconds, tableSize } = parseRunOptions([]);
  assert.deepEqual(
    { scenarios, peers, turns, seconds, warmUpSeconds, tableSize },
    {
      scenarios: [],
      peers: [],
      turns: 3,
      seconds: 5,
      warmUpSeconds: 10,
      tableSize: 100_000,
    },
  );
});

test('scenarios and proxies are chosen by name; --smoke is short, and a number that is given wins over it', () => {
  const options = parseRunOptions(['--scenario', 'http,idle', '--peers', 'Nuncio,Envoy', '--smoke', '--turns', '2']);
  assert.deepEqual(options.scenarios, ['http', 'idle']);
  assert.deepEqual(options.peers, ['Nuncio', 'Envoy']);
  assert.equal(options.turns, 2);
  assert.equal(options.seconds, 0.2);
  assert.equal(options.warmUpSeconds, 0.2);
});

test('an unknown flag is an error', () => {
  assert.throws(() => parseRunOptions(['--scenari', 'http']), /scenari/);
});

test('turns are many and short; what is compared stands without a flag, and a run of all scenarios takes none of that', () => {
  const options = parseTurnOptions(['.', '--scenario', 'tls', 'nginx', '--turns', '3']);
  assert.deepEqual(options.contenders, ['.', 'nginx']);
  assert.deepEqual(options.scenarios, ['tls']);
  assert.equal(options.turns, 3);
  assert.equal(options.seconds, 1);
  assert.deepEqual(parseTurnOptions([]).scenarios, ['http']);
  assert.throws(() => parseRunOptions(['nginx']), /nginx/);
});
