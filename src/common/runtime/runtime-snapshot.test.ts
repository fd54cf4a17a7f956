import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { flattenLayer, type RuntimeLayer, type RuntimeValue, runtimeText } from './runtime-entry.ts';
import { LayeredRuntimeSnapshot } from './runtime-snapshot.ts';
import { textValue } from './text-value.ts';

const noDraw = {
  random: () => assert.fail('no draw is needed'),
  uuid: () => '',
};

function snapshot(...layers: readonly Record<string, unknown>[]): LayeredRuntimeSnapshot {
  const flat = layers.map((struct, i): RuntimeLayer => ({ name: `layer ${i}`, values: flattenLayer(struct) }));
  return new LayeredRuntimeSnapshot(flat, noDraw);
}

function snapshotOf(value: RuntimeValue): LayeredRuntimeSnapshot {
  return new LayeredRuntimeSnapshot([{ name: 'l', values: new Map([['k', value]]) }], noDraw);
}

/** `on`, `off`, or `default`: the key says nothing. */
function switched(runtime: LayeredRuntimeSnapshot, random = 0): string {
  const [without, withIt] = [
    runtime.featureEnabled('k', 0, 100, random),
    runtime.featureEnabled('k', 100, 100, random),
  ];
  return without === withIt ? (without ? 'on' : 'off') : 'default';
}

describe('layers', () => {
  test('later ones win, key by key', () => {
    const runtime = snapshot({ a: 1, b: 'x' }, { a: 2 });
    assert.equal(runtime.getInteger('a', 0), 2);
    assert.equal(runtime.getString('b'), 'x');
    assert.equal(runtime.size, 2);
  });

  test('structures are paths with dots; lists and nulls are faults', () => {
    const faults: string[] = [];
    const values = flattenLayer({ a: { b: { c: 1 }, 'd.e': true }, l: [1], n: null }, faults);
    assert.deepEqual(
      [...values],
      [
        ['a.b.c', 1],
        ['a.d.e', true],
      ],
    );
    assert.deepEqual(faults, ['Invalid runtime entry value for l', 'Invalid runtime entry value for n']);
  });
});

describe('values', () => {
  test('numbers are whole ones too, unless negative or too large', () => {
    assert.equal(snapshotOf(3.9).getInteger('k', 0), 3);
    assert.equal(snapshotOf(3.9).getDouble('k', 0), 3.9);
    assert.equal(snapshotOf(-1).getInteger('k', 7), 7);
    assert.equal(snapshotOf(1e20).getInteger('k', 7), 7);
    assert.equal(snapshotOf(1e20).getDouble('k', 0), 1e20);
    assert.equal(snapshotOf(2).getBoolean('k', false), true);
    assert.equal(snapshotOf(0).getBoolean('k', true), false);
  });

  test('text that looks like a number is one, but no boolean', () => {
    assert.equal(snapshotOf(' 12 ').getInteger('k', 0), 12);
    assert.equal(snapshotOf('0x64').getInteger('k', 0), 100);
    assert.equal(snapshotOf('1e2').getInteger('k', 0), 100);
    assert.equal(snapshotOf('1').getBoolean('k', false), true);
    assert.equal(snapshotOf('true').getBoolean('k', false), false);
    assert.equal(snapshotOf('false').getBoolean('k', true), true);
    assert.equal(snapshotOf(true).getBoolean('k', false), true);
    assert.equal(snapshotOf('12 apples').getInteger('k', 1), 1);
    assert.equal(snapshotOf('').getDouble('k', 1), 1);
    assert.equal(snapshotOf(' 12 ').getString('k'), ' 12 ');
  });

  test('what is not set is what the caller says', () => {
    const runtime = snapshot({});
    assert.equal(runtime.getInteger('k', 5), 5);
    assert.equal(runtime.getBoolean('k', true), true);
    assert.equal(runtime.getString('k'), undefined);
    assert.equal(runtime.featureEnabled('', 100), true);
  });
});

describe('fractions', () => {
  test('a number is a percentage, a structure of a numerator a fraction (as Envoy 1.40 reads them)', () => {
    const of = (value: unknown) => switched(snapshot({ k: value }));
    for (const value of [100, 100.9, '100', ' 100 ', '1e2', 101, { numerator: 200 }, { numerator: -1 }]) {
      assert.equal(of(value), 'on', JSON.stringify(value));
    }
    for (const value of [0, '0', {}, { denominator: 'MILLION' }, { numerator: '100' }]) {
      assert.equal(of(value), 'off', JSON.stringify(value));
    }
    for (const value of [true, -1, 1e20, 'abc', { numerator: 100, foo: 1 }, { numerator: 1, denominator: 'million' }]) {
      assert.equal(of(value), 'default', JSON.stringify(value));
    }
  });

  test('a draw is below the numerator, of the denominator', () => {
    const runtime = snapshot({ k: { numerator: 5, denominator: 'TEN_THOUSAND' }, p: 5 });
    assert.equal(runtime.featureEnabled('k', 0, 100, 10_004), true);
    assert.equal(runtime.featureEnabled('k', 0, 100, 10_005), false);
    assert.equal(runtime.featureEnabled('p', 0, 10_000, 104), true);
    assert.equal(runtime.featureEnabled('p', 0, 10_000, 105), false);
    assert.equal(runtime.featureEnabled('other', 5, 10_000, 105), false);
    assert.equal(runtime.featureEnabled('other', 106, 10_000, 105), true);
  });

  test('without a number given one is drawn, where it decides', () => {
    const draws: number[] = [];
    const random = { random: () => draws.push(1) && 3, uuid: () => '' };
    const runtime = new LayeredRuntimeSnapshot([], random);
    assert.equal(runtime.featureEnabled('k', 4), true);
    assert.equal(runtime.featureEnabled('k', 3), false);
    assert.equal(draws.length, 2);
    runtime.featureEnabled('k', 0);
    runtime.featureEnabled('k', 100);
    assert.equal(draws.length, 2);
  });
});

describe('texts of files and overrides', () => {
  const yaml = (text: string) => {
    if (text.startsWith('numerator')) return { numerator: 5, denominator: 'HUNDRED' };
    return text === 'yes' ? true : { x: 1 };
  };

  test('are read as YAML and printed as they are', () => {
    const value = (text: string) => snapshotOf(textValue(text, yaml));
    assert.equal(value('010').getInteger('k', 0), 8);
    assert.equal(value(' 0x10').getInteger('k', 0), 16);
    assert.equal(value('-4').getDouble('k', 0), -4);
    assert.equal(value('3.7').getInteger('k', 0), 3);
    assert.equal(value('yes').getBoolean('k', false), true);
    assert.equal(value('"100"').getInteger('k', 7), 7);
    assert.equal(switched(value('numerator: 5'), 4), 'on');
    assert.equal(switched(value('other: 5')), 'default');
    assert.equal(value('010').getString('k'), '010');
    assert.equal(runtimeText(textValue('numerator: 5', yaml)), 'numerator: 5');
  });
});

test('/runtime prints a structure as protobuf does', () => {
  const [value] = flattenLayer({ k: { numerator: 3, denominator: 'MI"é' } }).values();
  const field = (key: string, inner: string) => `fields {\n  key: "${key}"\n  value {\n    ${inner}\n  }\n}\n`;
  assert.equal(
    runtimeText(value as RuntimeValue),
    `goo.gle/debugonly \n${field('denominator', 'string_value: "MI\\"\\303\\251"')}${field('numerator', 'number_value: 3')}`,
  );
});

test('lists and structures within a structure are blocks', () => {
  const [value] = flattenLayer({ k: { numerator: [null, true, {}], denominator: {} } }).values();
  assert.match(runtimeText(value as RuntimeValue), /list_value \{\n {6}values \{\n {8}null_value: NULL_VALUE\n {6}\}/);
  assert.match(runtimeText(value as RuntimeValue), /struct_value \{\n {4}\}/);
});
