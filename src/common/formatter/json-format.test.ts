import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Struct } from '../../../sdk/stream-info.ts';
import { loggedStream, testConfig } from '../../../test/harness/logged-stream.ts';
import { parseJsonFormat } from './json-format.ts';

// Format and both outputs as recorded from Envoy 1.40, but for the fields that hold the literals' bytes.
const everything: Struct = {
  num: 1,
  big: 1e21,
  frac: 0.1,
  b: true,
  nul: null,
  neg: -5,
  e: {},
  l: [],
  list: ['%REQ(none)%', 1, 'x', null, { k: '%REQ(none)%' }, ['%RESPONSE_CODE%']],
  obj: { z: '%REQ(none)%', a: '%PROTOCOL%', in: { only: '%REQ(none)%' } },
  multi: '%REQ(none)%%REQ(none)%',
  mix: 'a%REQ(none)%',
  'esc"k\né': 'q"\\\n\t\u0001/\u007fé<>&',
  hdr: '%REQ(x-bin)%',
  empty: '',
  emptyhdr: '%REQ(empty)%',
  pct: '%%',
  two: '%PROTOCOL%%%',
  B: 1,
  a: 2,
  _: 3,
  1: 4,
  num2: 12345678901234568,
  num3: 1.5e-7,
  num4: 123456.789,
};
const whole =
  '{"1":4,"B":1,"_":3,"a":2,"b":true,"big":1e+21,"e":{},"empty":"","emptyhdr":"","esc\\"k\\n\xc3\xa9":"q\\"\\\\\\n\\t\\u0001/\x7f\xc3\xa9<>&","frac":0.1,"hdr":"\\u00e9\\u00c3\\u00a9\\u0022\\u005c \\u0009!","l":[],"list":[null,1,"x",null,{"k":null},[200]],"mix":"a-","multi":"--","neg":-5,"nul":null,"num":1,"num2":12345678901234568,"num3":1.5e-07,"num4":123456.789,"obj":{"a":"HTTP/1.1","in":{"only":null},"z":null},"pct":"%","two":"HTTP/1.1%"}';
const omitted =
  '{"1":4,"B":1,"_":3,"a":2,"b":true,"big":1e+21,"empty":"","emptyhdr":"","esc\\"k\\n\xc3\xa9":"q\\"\\\\\\n\\t\\u0001/\x7f\xc3\xa9<>&","frac":0.1,"hdr":"\\u00e9\\u00c3\\u00a9\\u0022\\u005c \\u0009!","l":[],"list":[1,"x",[200]],"mix":"a","multi":"","neg":-5,"num":1,"num2":12345678901234568,"num3":1.5e-07,"num4":123456.789,"obj":{"a":"HTTP/1.1"},"pct":"%","two":"HTTP/1.1%"}';

function write(format: Struct, omitEmptyValues: boolean): string {
  const { context, info } = loggedStream({ 'x-bin': '\xe9\xc3\xa9"\\ \t!', empty: '' });
  info.responseCode = 200;
  info.protocol = 'HTTP/1.1';
  const { ctx, faults } = testConfig();
  const line = parseJsonFormat(format, ctx, { omitEmptyValues }).format(context, info);
  assert.deepEqual(faults(), []);
  assert.ok(line.endsWith('\n'));
  return line.slice(0, -1);
}

test('types, order and escapes are those of Envoy', () => {
  assert.equal(write(everything, false), whole);
});

test('what is absent is left out when asked for, with the objects that it empties', () => {
  assert.equal(write(everything, true), omitted);
  assert.equal(write({ a: '%REQ(none)%' }, true), '{}');
});

test('a header in UTF-8 is escaped as text', () => {
  const { context, info } = loggedStream({ 'x-a': 'caf\xc3\xa9 "q" \x7f' });
  const formatter = parseJsonFormat({ a: '%REQ(x-a)%' }, testConfig().ctx);
  assert.equal(formatter.format(context, info), '{"a":"caf\xc3\xa9 \\"q\\" \x7f"}\n');
});

test('metadata stays an object, strings are cut', () => {
  const { context, info } = loggedStream();
  info.setDynamicMetadata('ns', { b: 1, a: [true, 'x'], c: 'val' });
  const formatter = parseJsonFormat(
    { m: '%DYNAMIC_METADATA(ns):2%', s: '%DYNAMIC_METADATA(ns:c):2%' },
    testConfig().ctx,
  );
  assert.equal(formatter.format(context, info), '{"m":{"a":[true,"x"],"b":1,"c":"val"},"s":"va"}\n');
});

test('faults name the field', () => {
  const { ctx } = testConfig();
  parseJsonFormat({ a: { b: '%NOPE%' } }, ctx);
  assert.equal(ctx.collector.problems[0]?.path, 'a.b');
});
