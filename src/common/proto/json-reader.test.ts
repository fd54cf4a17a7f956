import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadDescriptors } from '../../../api/load-descriptors.ts';
import { ConfigContext, ConfigErrorCollector, formatConfigProblem } from '../../../sdk/config.ts';
import type { JsonInput } from './json-value.ts';
import { parseProtoJson } from './parse-proto-json.ts';
import { toProtoJson } from './proto-json-writer.ts';
import { TypeRegistry } from './type-registry.ts';

const registry = new TypeRegistry(loadDescriptors());
const CLUSTER = 'envoy.config.cluster.v3.Cluster';
const ROUTER = 'envoy.extensions.filters.http.router.v3.Router';

/** What was read, as Envoy prints it, and the faults as lines. */
function read(typeName: string, value: JsonInput): { json: unknown; faults: string[] } {
  const collector = new ConfigErrorCollector();
  const desc = registry.requireMessage(typeName);
  const message = parseProtoJson(registry, desc, value, new ConfigContext(collector, '', registry));
  return { json: toProtoJson(registry, desc, message), faults: collector.problems.map(formatConfigProblem) };
}

function accepts(typeName: string, value: JsonInput, expected: unknown): void {
  assert.deepEqual(read(typeName, value), { json: expected, faults: [] });
}

test('fields go by proto name and by camelCase name', () => {
  accepts(CLUSTER, { alt_stat_name: 'a', connectTimeout: '1s' }, { alt_stat_name: 'a', connect_timeout: '1s' });
});

test('one value stands for a list, lists in lists are flattened, a null is the default', () => {
  accepts('envoy.config.core.v3.Node', { client_features: 'a' }, { client_features: ['a'] });
  accepts('envoy.config.core.v3.Node', { client_features: [['a', ['b']], null] }, { client_features: ['a', 'b', ''] });
  accepts('envoy.config.bootstrap.v3.Bootstrap', { stats_sinks: { name: 'x' } }, { stats_sinks: [{ name: 'x' }] });
});

test('enums go by name in any case, by number, by number in a string', () => {
  for (const value of ['EDS', 'eds', 3, '3']) accepts(CLUSTER, { type: value }, { type: 'EDS' });
});

test('wrappers are bare values or objects', () => {
  accepts(CLUSTER, { per_connection_buffer_limit_bytes: 5 }, { per_connection_buffer_limit_bytes: 5 });
  accepts(CLUSTER, { per_connection_buffer_limit_bytes: { value: '0x10' } }, { per_connection_buffer_limit_bytes: 16 });
  accepts(CLUSTER, { per_connection_buffer_limit_bytes: 0 }, { per_connection_buffer_limit_bytes: 0 });
});

test('a null in a map is the default of its values', () => {
  const metadata = { filter_metadata: { a: null }, typed_filter_metadata: { b: null } };
  accepts('envoy.config.core.v3.Metadata', metadata, { filter_metadata: { a: {} }, typed_filter_metadata: { b: {} } });
});

test('null leaves a field unset, even in a oneof', () => {
  accepts(CLUSTER, { type: 'STATIC', cluster_type: null, name: null }, { type: 'STATIC' });
});

test('64-bit integers keep their digits', () => {
  const type = 'google.protobuf.UInt64Value';
  const wrapped = 'envoy.config.core.v3.Http2ProtocolOptions';
  assert.deepEqual(read(type, { value: '18446744073709551615' }).json, '18446744073709551615');
  accepts(wrapped, { max_metadata_size: 9007199254740993n }, { max_metadata_size: '9007199254740993' });
});

test('structs, values and lists are JSON', () => {
  const metadata = { a: [1, null, { b: 'x' }], c: true, d: 1.5 };
  accepts('envoy.config.core.v3.Node', { metadata }, { metadata });
});

test('an Any is packed by its @type and nests', () => {
  const filter = { name: 'r', typed_config: { '@type': `type.googleapis.com/${ROUTER}`, start_child_span: true } };
  accepts('envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter', filter, filter);
  const wrapped = { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: 'x' };
  accepts('envoy.config.core.v3.TypedExtensionConfig', { typed_config: wrapped }, { typed_config: wrapped });
});

test('all faults are gathered with their paths, what is right is kept', () => {
  assert.deepEqual(
    read(CLUSTER, {
      name: 5,
      alt_stat_name: 'kept',
      connect_timeout: 1,
      metadata: { filter_metadata: { x: [] } },
      load_assignment: { endpoints: [{}, { lb_endpoints: { load_balancing_weight: -1 } }] },
      transport_socket: { typed_config: { '@type': 'envoy.Nope', a: 1 } },
    }),
    {
      json: {
        alt_stat_name: 'kept',
        metadata: {},
        load_assignment: { endpoints: [{}, { lb_endpoints: [{}] }] },
        transport_socket: {},
      },
      faults: [
        'name: number 5 does not fit (expected a string)',
        'connect_timeout: number 1 does not fit (expected a duration in seconds such as "1.5s")',
        'metadata.filter_metadata["x"]: a list does not fit (expected an object)',
        'load_assignment.endpoints[1].lb_endpoints.load_balancing_weight: integer out of range (expected an integer from 0 to 4294967295)',
        'transport_socket.typed_config.@type: unknown type "envoy.Nope" (expected the type URL of an Envoy API message)',
      ],
    },
  );
});

test('durations are seconds with up to nine digits, and have limits', () => {
  for (const text of ['1.5s', '0.000000001s', '315576000000s']) {
    const printed = text === '1.5s' ? '1.500s' : text;
    accepts(CLUSTER, { connect_timeout: text }, { connect_timeout: printed });
  }
  for (const text of ['1', '1.s', '1.0000000001s', '315576000001s', '-315576000001s', '1m', '']) {
    assert.equal(read(CLUSTER, { connect_timeout: text }).faults.length, 1, text);
  }
});

test('an Any needs its @type', () => {
  const type = 'envoy.config.core.v3.TypedExtensionConfig';
  assert.deepEqual(read(type, { typed_config: { start_child_span: true } }).faults, [
    'typed_config: "@type" is missing (expected the type URL of the configuration)',
  ]);
});

test('what was nearly right is told: a field, a type, an enum value', () => {
  assert.deepEqual(
    read(CLUSTER, {
      conect_timeout: '1s',
      lb_policy: 'ROUND_ROBBIN',
      transport_socket: { typed_config: { '@type': `type.googleapis.com/${ROUTER.replace('Router', 'Ruoter')}` } },
    }).faults.map((fault) => fault.match(/did you mean (.*)\)$/)?.[1]),
    ['"connect_timeout"?', '"ROUND_ROBIN"?', `"type.googleapis.com/${ROUTER}"?`],
  );
});

test('a message under both names of its field is one message', () => {
  const config = { load_assignment: { cluster_name: 'a' }, loadAssignment: { endpoints: [{}] } };
  assert.deepEqual(read(CLUSTER, config), {
    json: { load_assignment: { cluster_name: 'a', endpoints: [{}] } },
    faults: [],
  });
});

test('a second member of a oneof is refused', () => {
  const { faults } = read(CLUSTER, { type: 'STATIC', cluster_type: { name: 'x' } });
  assert.deepEqual(faults, [
    "cluster_type: 'cluster_type' has already been set (either directly or as part of a oneof)",
  ]);
});

test('nesting has a limit', () => {
  assert.match(read('envoy.config.rbac.v3.Permission', nest(150)).faults[0] ?? '', /nested too deeply/);
});

function nest(depth: number): JsonInput {
  return depth === 0 ? { any: true } : { not_rule: nest(depth - 1) };
}

test('base64 comes in both alphabets, with all of its padding or none', () => {
  const type = 'envoy.config.core.v3.DataSource';
  accepts(type, { inline_bytes: '-_8' }, { inline_bytes: '+/8=' });
  for (const text of ['*', 'YWJj=', 'YQ=', 'YQ===']) assert.equal(read(type, { inline_bytes: text }).faults.length, 1);
});
