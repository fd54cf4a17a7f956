import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadDescriptors } from '../../../api/load-descriptors.ts';
import { ConfigContext, ConfigErrorCollector, formatConfigProblem } from '../../../sdk/config.ts';
import { parseProtoText } from './parse-proto-text.ts';
import { toProtoJson } from './proto-json-writer.ts';
import { ProtoTextError } from './text-format.ts';
import { TypeRegistry } from './type-registry.ts';

const registry = new TypeRegistry(loadDescriptors());

function read(typeName: string, text: string): { json: unknown; faults: string[] } {
  const collector = new ConfigErrorCollector();
  const desc = registry.requireMessage(typeName);
  const message = parseProtoText(registry, desc, { file: 'f', text }, new ConfigContext(collector));
  return { json: toProtoJson(registry, desc, message), faults: collector.problems.map(formatConfigProblem) };
}

const NODE = 'envoy.config.core.v3.Node';
const CLUSTER = 'envoy.config.cluster.v3.Cluster';

test('scalars, messages in both brackets, lists, comments, separators', () => {
  const text = `name: "a\\x41\\101" 'b' # comment
    connect_timeout < seconds: 010, nanos: 0x10 >; type: EDS
    ignore_health_on_host_removal: t`;
  assert.deepEqual(read(CLUSTER, text), {
    json: {
      name: 'aAAb',
      type: 'EDS',
      connect_timeout: '8.000000016s',
      ignore_health_on_host_removal: true,
    },
    faults: [],
  });
  assert.deepEqual(read(NODE, 'client_features: ["x", "y"] client_features: "z"').json, {
    client_features: ['x', 'y', 'z'],
  });
});

test('structs and maps are entries', () => {
  const text = `metadata { fields { key: "a" value { number_value: 1.5f } }
    fields { key: "b" value { list_value { values { string_value: "c" } values { null_value: NULL_VALUE } } } } }`;
  assert.deepEqual(read(NODE, text).json, { metadata: { a: 1.5, b: ['c', null] } });
});

test('an Any is written out by its type in brackets', () => {
  const text = `name: "x" typed_config { [type.googleapis.com/envoy.config.core.v3.Pipe] { path: "p" } }`;
  assert.deepEqual(read('envoy.config.core.v3.TypedExtensionConfig', text), {
    json: { name: 'x', typed_config: { '@type': 'type.googleapis.com/envoy.config.core.v3.Pipe', path: 'p' } },
    faults: [],
  });
});

test('what text is stricter about than JSON is told with its place', () => {
  assert.deepEqual(
    read(CLUSTER, 'nam: "a"\ntype: eds\nname: a\nconnect_timeout { seconds: "1" }\nlb_policy: 1 lb_policy: 2').faults,
    [
      'f:1:1: nam: no such field in envoy.config.cluster.v3.Cluster (did you mean "name"?)',
      "f:2:1: type: unknown enum value 'eds' of envoy.config.cluster.v3.Cluster.DiscoveryType",
      'f:3:1: name: expected a quoted string',
      'f:4:19: connect_timeout.seconds: a quoted string does not fit',
      'f:5:14: lb_policy: the field is given more than once',
    ],
  );
});

test('bad syntax has its place', () => {
  assert.throws(
    () => read(NODE, 'id: "a"\nlocality { zone: '),
    (error) => error instanceof ProtoTextError && error.line === 2,
  );
});
