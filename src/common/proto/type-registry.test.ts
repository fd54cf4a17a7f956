import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { loadDescriptors } from '../../../api/load-descriptors.ts';
import { ConfigContext, ConfigErrorCollector, setFieldNames } from '../../../sdk/config.ts';
import { parseProtoJson } from './parse-proto-json.ts';
import { TypeRegistry } from './type-registry.ts';

const source = loadDescriptors();
const ROUTER = 'envoy.extensions.filters.http.router.v3.Router';

function context(): ConfigContext {
  return new ConfigContext(new ConfigErrorCollector(), 'at');
}

test('every type of the API is found by its name, and every field finds its type', () => {
  const registry = new TypeRegistry(source);
  for (const name of source.typeNames()) {
    const record = source.find(name)?.record;
    if (record === 'enum') assert.equal(registry.requireEnum(name).typeName, name);
    if (record !== 'message') continue;
    for (const field of registry.requireMessage(name).fields) {
      const kinds = [field.scalar, field.enum, field.message].filter((kind) => kind !== undefined);
      assert.equal(kinds.length, 1, String(field));
    }
  }
  assert.equal(registry.message('envoy.config.core.v3.Nodes'), undefined);
  assert.equal(registry.message(''), undefined);
});

test('the overlay brings what Envoy 1.40 has over the base', () => {
  const registry = new TypeRegistry(source);
  const names = (type: string): string[] => registry.requireMessage(type).fields.map((field) => field.name);
  assert.ok(names('envoy.config.core.v3.Http1ProtocolOptions').includes('ignore_http_11_upgrade'));
  assert.ok(names('envoy.config.bootstrap.v3.Admin').includes('allow_paths'));
  assert.ok(names('envoy.config.core.v3.HealthCheck').includes('name'));
  assert.notEqual(registry.message('opentelemetry.proto.common.v1.AnyValue'), undefined);
});

test('an unknown type is told with a near one', () => {
  const ctx = context();
  const any = { typeUrl: `type.googleapis.com/${ROUTER}s`, value: new Uint8Array() };
  assert.equal(new TypeRegistry(source).unpack(any, ctx), undefined);
  assert.equal(ctx.collector.problems[0]?.didYouMean, ROUTER);
});

test('bytes that do not decode are told', () => {
  const ctx = context();
  const any = { typeUrl: `x/${ROUTER}`, value: Uint8Array.of(0x0a, 0x50) };
  assert.equal(new TypeRegistry(source).unpack(any, ctx), undefined);
  assert.match(ctx.collector.problems[0]?.message ?? '', /do not decode/);
});

for (const type of ['udpa.type.v1.TypedStruct', 'xds.type.v3.TypedStruct']) {
  test(`${type} becomes the type that it names`, () => {
    const registry = new TypeRegistry(source);
    const ctx = context();
    const desc = registry.requireMessage(type);
    const json = { type_url: `x/${ROUTER}`, value: { suppressEnvoyHeaders: true, nope: 1 } };
    const any = registry.pack(desc, parseProtoJson(registry, desc, json, ctx));
    const message = registry.unpack(any, ctx);
    assert.ok(message !== undefined);
    assert.equal(message.$typeName, ROUTER);
    assert.deepEqual(setFieldNames(message), ['suppressEnvoyHeaders']);
    assert.deepEqual(
      ctx.collector.problems.map((problem) => problem.path),
      ['at.value.nope'],
    );
  });
}

test('a TypedStruct of a type that is not known is told with a near one', () => {
  const registry = new TypeRegistry(source);
  const ctx = context();
  const desc = registry.requireMessage('xds.type.v3.TypedStruct');
  const any = registry.pack(desc, parseProtoJson(registry, desc, { type_url: `x/${ROUTER}s` }, ctx));
  assert.equal(registry.unpack(any, ctx), undefined);
  const [problem] = ctx.collector.problems;
  assert.deepEqual([problem?.path, problem?.didYouMean], ['at.type_url', ROUTER]);
});

test('a message goes into an Any and out again', () => {
  const registry = new TypeRegistry(source);
  const desc = registry.requireMessage(ROUTER);
  const message = create(desc, { suppressEnvoyHeaders: true });
  const unpacked = registry.unpack(registry.pack(desc, message), context());
  assert.ok(unpacked !== undefined);
  assert.deepEqual(create(desc, { ...unpacked }), message);
});
