import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerFactoryContext } from '../../../../sdk/extension.ts';
import type { InputMatcherExtension } from '../../../../sdk/matching.ts';
import { configReader } from '../../../../test/harness/extension-config.ts';
import type { JsonInput } from '../../../common/proto/json-value.ts';
import { consistentHashingMatcher, ipMatcher, runtimeFractionMatcher } from './index.ts';

const reader = configReader([consistentHashingMatcher, ipMatcher, runtimeFractionMatcher]);
const types = 'envoy.extensions.matching.input_matchers';

interface World {
  readonly counted: string[];
  readonly draws: (readonly [key: string, numerator: number, random: number | undefined])[];
}

function create<C>(extension: InputMatcherExtension<C>, type: string, json: JsonInput, world?: World) {
  const { config, problems } = reader.read(`${types}.${type}`, json);
  assert.deepEqual(problems, []);
  const context = {
    scope: { counter: (name: string) => ({ inc: () => world?.counted.push(name) }) },
    logger: () => ({ debug: () => {} }),
    runtime: {
      snapshot: {
        featureEnabled(key: string, numerator: number, denominator: number, random?: number) {
          world?.draws.push([key, numerator, random]);
          return (random ?? 0) % denominator < numerator;
        },
      },
    },
  };
  return extension.createMatcher(config as C, context as unknown as ServerFactoryContext);
}

test('consistent hashing divides the texts at the threshold', () => {
  const type = 'consistent_hashing.v3.ConsistentHashing';
  const half = create(consistentHashingMatcher, type, { threshold: 50, modulo: 100 });
  const seeded = create(consistentHashingMatcher, type, { threshold: 50, modulo: 100, seed: '7' });
  const texts = Array.from({ length: 100 }, (_, i) => `text ${i}`);
  const matched = texts.filter((text) => half.match(text));
  assert.ok(matched.length > 30 && matched.length < 70, `${matched.length} of 100`);
  assert.notDeepEqual(
    texts.filter((text) => seeded.match(text)),
    matched,
  );
  assert.ok(create(consistentHashingMatcher, type, { threshold: 0, modulo: 1 }).match('any'));
  const { problems } = reader.read(`${types}.${type}`, { threshold: 50, modulo: 10 });
  assert.match(problems[0] ?? '', /threshold cannot be greater than modulo: 50 > 10/);
});

test('addresses within the ranges; what is none is counted', () => {
  const world: World = { counted: [], draws: [] };
  const json = {
    stat_prefix: 's',
    cidr_ranges: [
      { address_prefix: '10.0.0.0', prefix_len: 8 },
      { address_prefix: '2001:db8::', prefix_len: 32 },
    ],
  };
  const matcher = create(ipMatcher, 'ip.v3.Ip', json, world);
  const matched = ['10.9.8.7', '11.0.0.1', '2001:db8::1', '2001:db9::1', ''].filter((ip) => matcher.match(ip));
  assert.deepEqual(matched, ['10.9.8.7', '2001:db8::1']);
  assert.deepEqual(world.counted, []);
  assert.equal(matcher.match('junk'), false);
  assert.deepEqual(world.counted, ['s.ip_parsing_failed']);
  const bad = reader.read(`${types}.ip.v3.Ip`, { stat_prefix: 's', cidr_ranges: [{ address_prefix: 'x' }] });
  assert.deepEqual(bad.problems, ['cidr_ranges[0]: malformed IP address: x']);
});

test('a fraction is drawn by the text under the runtime’s key', () => {
  const world: World = { counted: [], draws: [] };
  const json = { runtime_fraction: { runtime_key: 'k', default_value: { numerator: 30 } } };
  const matcher = create(runtimeFractionMatcher, 'runtime_fraction.v3.RuntimeFraction', json, world);
  const matched = Array.from({ length: 200 }, (_, i) => matcher.match(`text ${i}`)).filter(Boolean).length;
  assert.ok(matched > 30 && matched < 90, `${matched} of 200`);
  assert.equal(matcher.match('x'), matcher.match('x'));
  assert.deepEqual(world.draws[0]?.slice(0, 2), ['k', 30]);
});
