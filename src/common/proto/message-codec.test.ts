import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary, mergeFromBinary, toBinary } from '@bufbuild/protobuf';
import { loadDescriptors } from '../../../api/load-descriptors.ts';
import { ConfigContext, ConfigErrorCollector, formatConfigProblem } from '../../../sdk/config.ts';
import type { JsonInput } from './json-value.ts';
import { parseProtoJson } from './parse-proto-json.ts';
import { toProtoJson } from './proto-json-writer.ts';
import { TypeRegistry } from './type-registry.ts';

const types = new TypeRegistry(loadDescriptors());

/** Something of every kind of field: scalars of each wire type, enums, lists packed and not, maps, oneofs, wrappers, JSON. */
const samples: readonly (readonly [string, JsonInput])[] = [
  [
    'envoy.config.core.v3.Node',
    { id: 'é', metadata: { a: [1, null, { b: 'x' }], c: -0.5 }, userAgentBuildVersion: {} },
  ],
  ['envoy.config.core.v3.Metadata', { filterMetadata: { 'a.b': { k: true }, __proto__x: {} } }],
  ['envoy.config.route.v3.Route', { match: { prefix: '/' }, route: { cluster: 'c', retryPolicy: { numRetries: 0 } } }],
  ['envoy.config.route.v3.RetryPolicy', { retriableStatusCodes: [500, 503], numRetries: 7 }],
  [
    'envoy.config.route.v3.RouteAction',
    { weightedClusters: { clusters: [{ name: 'a', weight: 1 }] }, timeout: '1.5s' },
  ],
  ['envoy.config.core.v3.SocketOption', { level: -1, name: '9007199254740993', intValue: -5, state: 'STATE_BOUND' }],
  ['envoy.type.v3.DoubleRange', { start: -1.25, end: 1e300 }],
  ['envoy.config.core.v3.Address', { socketAddress: { address: '::1', portValue: 65535, ipv4Compat: true } }],
  ['google.protobuf.Struct', { a: { b: [{ c: null }] } }],
  ['google.protobuf.Value', ['x', 1, false]],
];

function read(typeName: string, json: JsonInput) {
  const desc = types.requireMessage(typeName);
  const collector = new ConfigErrorCollector();
  const own = typeName.startsWith('google.protobuf.') ? { value: json } : (json as Record<string, JsonInput>);
  const extension = { name: 'x', typed_config: { '@type': `x/${typeName}`, ...own } };
  const container = types.requireMessage('envoy.config.core.v3.TypedExtensionConfig');
  const packed = parseProtoJson(types, container, extension, new ConfigContext(collector));
  assert.deepEqual(collector.problems.map(formatConfigProblem), []);
  const message = types.decode(desc, (packed as unknown as { typedConfig: { value: Uint8Array } }).typedConfig.value);
  assert.ok(message !== undefined);
  return { desc, message };
}

for (const [typeName, json] of samples) {
  test(`${typeName} is read and written as the library does it`, () => {
    const { desc, message } = read(typeName, json);
    const bytes = types.encode(message);
    assert.ok(bytes.length > 0);
    assert.deepEqual(Buffer.from(bytes), Buffer.from(toBinary(desc, message)));
    const theirs = fromBinary(desc, bytes);
    assert.deepEqual(toProtoJson(types, desc, message), toProtoJson(types, desc, theirs));
    assert.deepEqual(Buffer.from(types.encode(theirs)), Buffer.from(bytes));
  });

  test(`${typeName} merges as the library merges it`, () => {
    const { desc, message } = read(typeName, json);
    const bytes = types.encode(message);
    const theirs = fromBinary(desc, bytes);
    mergeFromBinary(desc, theirs, bytes);
    types.merge(desc, message, bytes);
    assert.deepEqual(toProtoJson(types, desc, message), toProtoJson(types, desc, theirs));
  });
}

const NODE = 'envoy.config.core.v3.Node';

test('fields that the type does not have are kept', () => {
  const bytes = Uint8Array.of(0x0a, 1, 0x61, 0xf8, 0x3f, 5);
  const message = types.requireDecoded(types.requireMessage(NODE), bytes);
  assert.deepEqual(
    message.$unknown?.map(({ no }) => no),
    [1023],
  );
  assert.deepEqual(Buffer.from(types.encode(message)), Buffer.from(bytes));
});

test('a message that is cut off, nested beyond the limit or no UTF-8 is refused', () => {
  const decode = (typeName: string, bytes: Uint8Array) => types.decode(types.requireMessage(typeName), bytes);
  assert.equal(decode(NODE, Uint8Array.of(0x0a, 2, 0x61)), undefined);
  assert.equal(decode(NODE, Uint8Array.of(0x0a, 1, 0xff)), undefined);
  let nested: Uint8Array = new Uint8Array();
  for (let depth = 0; depth < 120; depth++) {
    const length = nested.length < 0x80 ? [nested.length] : [(nested.length & 0x7f) | 0x80, nested.length >> 7];
    nested = Uint8Array.of(depth % 2 === 0 ? 0x0a : 0x32, ...length, ...nested);
  }
  assert.equal(decode('google.protobuf.Value', nested), undefined);
});

test('new messages do not share what is added to them', () => {
  const desc = types.requireMessage('envoy.config.core.v3.Node');
  const context = () => new ConfigContext(new ConfigErrorCollector());
  const first = parseProtoJson(types, desc, { client_features: ['a'], dynamic_parameters: { k: {} } }, context());
  const second = parseProtoJson(types, desc, {}, context());
  assert.deepEqual(toProtoJson(types, desc, first), { client_features: ['a'], dynamic_parameters: { k: {} } });
  assert.deepEqual(toProtoJson(types, desc, second), {});
});

test('options of fields are read', () => {
  const { fields } = types.requireMessage('envoy.config.core.v3.DataSource');
  const inline = fields.find(({ name }) => name === 'filename');
  assert.ok(inline !== undefined);
  assert.notEqual(types.option(inline, 'validate.rules'), undefined);
  assert.equal(types.option(inline, 'udpa.annotations.sensitive'), undefined);
  assert.throws(() => types.option(inline, 'validate.nothing'), /no option/);
});
