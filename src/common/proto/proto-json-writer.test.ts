import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadDescriptors } from '../../../api/load-descriptors.ts';
import { ConfigContext, ConfigErrorCollector } from '../../../sdk/config.ts';
import type { JsonInput } from './json-value.ts';
import { parseProtoJson } from './parse-proto-json.ts';
import { type ProtoJsonOptions, toProtoJson } from './proto-json-writer.ts';
import { TypeRegistry } from './type-registry.ts';

const registry = new TypeRegistry(loadDescriptors());

function print(typeName: string, value: JsonInput, options?: ProtoJsonOptions): string {
  const collector = new ConfigErrorCollector();
  const desc = registry.requireMessage(typeName);
  const message = parseProtoJson(registry, desc, value, new ConfigContext(collector));
  assert.deepEqual(collector.problems, []);
  return JSON.stringify(toProtoJson(registry, desc, message, options));
}

test('fields stand in the order of their numbers, defaults are left out', () => {
  assert.equal(
    print('envoy.config.cluster.v3.Cluster', {
      connect_timeout: '0.25s',
      lb_policy: 'ROUND_ROBIN',
      type: 'EDS',
      name: 'a',
    }),
    '{"name":"a","type":"EDS","connect_timeout":"0.250s"}',
  );
});

test('durations have no, three, six or nine digits', () => {
  const printed = (text: string): string => print('envoy.config.core.v3.HttpProtocolOptions', { idle_timeout: text });
  assert.equal(printed('5s'), '{"idle_timeout":"5s"}');
  assert.equal(printed('0.000001s'), '{"idle_timeout":"0.000001s"}');
  assert.equal(printed('1.000000001s'), '{"idle_timeout":"1.000000001s"}');
});

test('members of a oneof are printed even at their defaults', () => {
  assert.equal(print('envoy.config.route.v3.RouteMatch', { prefix: '' }), '{"prefix":""}');
});

test('single floats print short', () => {
  assert.equal(print('google.protobuf.FloatValue', { value: 0.1 }), '0.1');
  assert.equal(print('envoy.type.v3.DoubleRange', { start: 0.1, end: 1e21 }), '{"start":0.1,"end":1e+21}');
});

test('defaults are printed when asked for, messages and oneofs still not', () => {
  assert.equal(
    print('envoy.config.core.v3.Locality', { zone: 'z' }, { printDefaults: true }),
    '{"region":"","zone":"z","sub_zone":""}',
  );
});

test('what the API marks as sensitive is redacted, in an Any too', () => {
  const key = { private_key: { inline_string: 'secret' }, certificate_chain: { filename: 'c.pem' } };
  const secret = { name: 's', tls_certificate: key };
  assert.equal(
    print('envoy.extensions.transport_sockets.tls.v3.Secret', secret, { redact: true }),
    '{"name":"s","tls_certificate":{"certificate_chain":{"filename":"c.pem"},"private_key":{"inline_string":"[redacted]"}}}',
  );
  const typed_config = { '@type': 't/envoy.extensions.transport_sockets.tls.v3.TlsCertificate', ...key };
  assert.match(
    print('envoy.config.core.v3.TypedExtensionConfig', { typed_config }, { redact: true }),
    /"\[redacted\]"/,
  );
});

test('camelCase names when asked for', () => {
  assert.equal(print('envoy.config.core.v3.Locality', { sub_zone: 'z' }, { snakeCase: false }), '{"subZone":"z"}');
});

test('an Any of an unknown type keeps its bytes', () => {
  const desc = registry.requireMessage('google.protobuf.Any');
  const any = { $typeName: 'google.protobuf.Any', typeUrl: 'x/y.Z', value: Uint8Array.of(1, 2) } as const;
  assert.deepEqual(toProtoJson(registry, desc, any), { '@type': 'x/y.Z', value: 'AQI=' });
});
