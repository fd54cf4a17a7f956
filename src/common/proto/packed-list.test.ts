import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '@bufbuild/protobuf';
import { loadDescriptors } from '../../../api/load-descriptors.ts';
import { ConfigContext, ConfigErrorCollector, formatConfigProblem } from '../../../sdk/config.ts';
import type { JsonInput, JsonInputObject } from './json-value.ts';
import { LONG_LIST, packedItems } from './packed-list.ts';
import { parseProtoJson } from './parse-proto-json.ts';
import { toProtoJson } from './proto-json-writer.ts';
import { TypeRegistry } from './type-registry.ts';
import { faultlessCheck, MessageValidator } from './validate-message.ts';

const types = new TypeRegistry(loadDescriptors());
const desc = types.requireMessage('envoy.config.route.v3.RouteConfiguration');

interface Routes extends Message {
  readonly virtualHosts: readonly (Message & { readonly name: string })[];
}

function table(size: number, change: (host: JsonInputObject, at: number) => JsonInput = (host) => host): JsonInput {
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'c', timeout: '1.5s' } }];
  return {
    name: 'r',
    virtual_hosts: Array.from({ length: size }, (_, at) => change({ name: `h${at}`, domains: [`h${at}`], routes }, at)),
    vhost_header: 'x',
  };
}

function read(json: JsonInput, isFaultless?: ReturnType<typeof faultlessCheck>) {
  const collector = new ConfigErrorCollector();
  const message = parseProtoJson(types, desc, json, new ConfigContext(collector, '', types), { isFaultless });
  new MessageValidator(types).validate(desc, message, new ConfigContext(collector, '', types));
  return { message: message as Routes, problems: collector.problems.map(formatConfigProblem) };
}

const plain = read(table(1000)).message;
const packed = read(table(1000), faultlessCheck(types)).message;

test('a long list that is packed reads and is written as one that is not', () => {
  assert.equal(packedItems(plain.virtualHosts), undefined);
  assert.equal(packedItems(packed.virtualHosts)?.length, 1000);
  assert.deepEqual(Buffer.from(types.encode(packed)), Buffer.from(types.encode(plain)));
  assert.deepEqual(
    Buffer.from(types.encode(packed, { sortMaps: true })),
    Buffer.from(types.encode(plain, { sortMaps: true })),
  );
  assert.deepEqual(toProtoJson(types, desc, packed), toProtoJson(types, desc, plain));
});

test('a packed list is an array', () => {
  const list = packed.virtualHosts;
  assert.ok(Array.isArray(list));
  assert.equal(list.length, 1000);
  const names = Array.from({ length: 1000 }, (_, at) => `h${at}`);
  assert.deepEqual(
    list.map(({ name }) => name),
    names,
  );
  assert.deepEqual(
    [...list].map(({ name }) => name),
    names,
  );
  assert.deepEqual(
    [list.at(-1)?.name, list[1000], list.findIndex(({ name }) => name === 'h7')],
    ['h999', undefined, 7],
  );
  assert.deepEqual(Object.keys(list).slice(-2), ['998', '999']);
  assert.deepEqual([7 in list, 1000 in list], [true, false]);
  assert.throws(() => (list as unknown[]).push({}), TypeError);
});

test('bytes that were checked are decoded to packed lists, others to messages', () => {
  const bytes = types.encode(plain);
  const trusted = types.forCheckedBytes().requireDecoded(desc, bytes) as Routes;
  assert.equal(packedItems(trusted.virtualHosts)?.length, 1000);
  assert.deepEqual(toProtoJson(types, desc, trusted), toProtoJson(types, desc, plain));
  assert.equal(packedItems((types.requireDecoded(desc, bytes) as Routes).virtualHosts), undefined);
});

test('short lists, and those with anything to tell, hold messages', () => {
  const check = faultlessCheck(types);
  assert.equal(packedItems(read(table(LONG_LIST - 1), check).message.virtualHosts), undefined);
  const faults: readonly ((host: JsonInputObject) => JsonInput)[] = [
    (host) => ({ ...host, name: 1 }),
    (host) => ({ ...host, nme: 'x' }),
    (host) => ({ ...host, domains: [] }),
    (host) => ({ ...host, per_request_buffer_limit_bytes: 1 }),
    (host) => [host],
    () => null,
  ];
  for (const fault of faults) {
    const json = table(500, (host, at) => (at === 300 ? fault(host) : host));
    const { message, problems } = read(json, check);
    const expected = read(json);
    assert.equal(packedItems(message.virtualHosts), undefined);
    assert.deepEqual(problems, expected.problems);
    assert.deepEqual(toProtoJson(types, desc, message), toProtoJson(types, desc, expected.message));
  }
});

test('what is merged into a packed list, or written under the other name, follows it', () => {
  const into = read(table(300), faultlessCheck(types)).message;
  types.merge(desc, into, types.encode(packed));
  assert.deepEqual([into.virtualHosts.length, into.virtualHosts[300]?.name], [1300, 'h0']);
  const both = { ...(table(300) as object), virtualHosts: [{ name: 'last', domains: ['last'] }] };
  const { message, problems } = read(both, faultlessCheck(types));
  assert.deepEqual([message.virtualHosts.length, message.virtualHosts[300]?.name, problems], [301, 'last', []]);
});
