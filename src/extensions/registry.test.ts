import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigContext, ConfigErrorCollector } from '../../sdk/config.ts';
import { type Extension, resolveExtension } from '../../sdk/extension.ts';
import { ExtensionRegistry } from './registry.ts';

type Fake = Extension<'envoy.filters.http', string>;
const fake: Fake = {
  category: 'envoy.filters.http',
  name: 'envoy.filters.http.fake',
  configTypes: ['test.Fake'],
  parseConfig: (message, ctx) => (message.$unknown === undefined ? 'parsed' : ctx.fail('refused')),
};

function context() {
  const collector = new ConfigErrorCollector();
  const unpacker = { unpack: (any: { typeUrl: string }) => ({ $typeName: any.typeUrl.split('/')[1] ?? '' }) };
  return new ConfigContext(collector, 'filter', unpacker, new ExtensionRegistry([fake]));
}

test('the type of the configuration decides, whatever the name', () => {
  const ctx = context();
  const typedConfig = { typeUrl: 'type.googleapis.com/test.Fake', value: new Uint8Array() };
  const found = resolveExtension<Fake>(ctx, 'envoy.filters.http', { name: 'mine', typedConfig });
  assert.deepEqual([found?.extension, found?.name, found?.config], [fake, 'mine', 'parsed']);
  assert.equal(ctx.collector.hasErrors, false);
});

test('an unknown type and a missing configuration are refused in the words of Envoy', () => {
  const ctx = context();
  const typedConfig = { typeUrl: 'type.googleapis.com/test.Other', value: new Uint8Array() };
  assert.equal(resolveExtension(ctx, 'envoy.filters.http', { name: 'a', typedConfig }), undefined);
  assert.equal(resolveExtension(ctx, 'envoy.filters.http', { name: fake.name, typedConfig: undefined }), undefined);
  assert.deepEqual(
    ctx.collector.problems.map(({ path, message, expected }) => [path, message, expected]),
    [
      ['filter', "Didn't find a registered implementation for 'a' with type URL: 'test.Other'", undefined],
      [
        'filter',
        "Didn't find a registered implementation for 'envoy.filters.http.fake' with type URL: ''",
        'typed_config of type.googleapis.com/test.Fake',
      ],
    ],
  );
});

test('a category keeps its own names', () => {
  assert.equal(new ExtensionRegistry([fake]).byName('envoy.filters.network', fake.name), undefined);
  assert.throws(() => new ExtensionRegistry([fake, fake]), /registered already/);
});

test('an extension without configuration of its own is found all the same', () => {
  const bare: Extension<'envoy.filters.http', undefined> = { ...fake, parseConfig: () => undefined };
  const unpacker = { unpack: () => ({ $typeName: 'test.Fake' }) };
  const ctx = new ConfigContext(new ConfigErrorCollector(), '', unpacker, new ExtensionRegistry([bare]));
  const typedConfig = { typeUrl: 'type.googleapis.com/test.Fake', value: new Uint8Array() };
  assert.equal(resolveExtension(ctx, 'envoy.filters.http', { name: 'a', typedConfig })?.extension, bare);
});
