import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import { loadDescriptors } from '../../../api/load-descriptors.ts';
import { ConfigError } from '../../../sdk/config.ts';
import { TypeRegistry } from '../../common/proto/type-registry.ts';
import { BOOTSTRAP_TYPE, type LoadedBootstrap, loadBootstrap, readBootstrap } from './load-bootstrap.ts';

const registry = new TypeRegistry(loadDescriptors());

function load(text: string, configYaml?: string): LoadedBootstrap {
  return loadBootstrap({
    registry,
    configPath: 'envoy.yaml',
    configYaml,
    readFile: () => new TextEncoder().encode(text),
  });
}

function refusal(text: string, configYaml?: string): string[] {
  try {
    load(text, configYaml);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const listener = (config: string): string => `static_resources:
  listeners:
  - name: l
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: tcp
        typed_config:
${config.replace(/^/gm, '          ')}
`;

test('all faults are reported at once, each with its place, its path and a hint', () => {
  assert.deepEqual(
    refusal(`static_resources:
  clusters:
  - name: a
    conect_timeout: 1s
    type: STRICT
  - name: ''
admin:
  address: 5
`),
    [
      'envoy.yaml:4:5: static_resources.clusters[0].conect_timeout: no such field in envoy.config.cluster.v3.Cluster (did you mean "connect_timeout"?)',
      `envoy.yaml:5:5: static_resources.clusters[0].type: unknown enum value 'STRICT' (expected one of STATIC, STRICT_DNS, LOGICAL_DNS, EDS, ORIGINAL_DST; did you mean "STRICT_DNS"?)`,
      'envoy.yaml:8:3: admin.address: number 5 does not fit (expected an object (envoy.config.core.v3.Address))',
      'envoy.yaml:6:5: static_resources.clusters[1].name: value length must be at least 1 characters',
    ],
  );
});

test('syntax faults are told with what mostly lies behind them', () => {
  for (const [text, told] of [
    [
      'node:\n  id: a\n   cluster: b\n',
      /^envoy.yaml:3:11: not valid YAML: bad indentation .*a colon and a space after/,
    ],
    ['node:\n  id: "a\nadmin: {}\n', /not valid YAML: .*is a quote, bracket or brace before it not closed/],
    ['stats_flush_interval: *a\n', /not valid YAML: unidentified alias/],
    ['node: {<<: {id: a}}\n', /node\.<<: no such field in .* \(expected the fields themselves/],
  ] as const) {
    assert.match(refusal(text).join(), told);
  }
});

test('faults inside typed_config have their own lines', () => {
  const type = '"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy';
  const at = 'static_resources.listeners[0].filter_chains[0].filters[0].typed_config';
  assert.deepEqual(refusal(listener(`${type}\nstat_prefx: a\ncluster: b`)), [
    `envoy.yaml:10:11: ${at}.stat_prefx: no such field in envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy (did you mean "stat_prefix"?)`,
  ]);
  assert.deepEqual(refusal(listener(`${type}\nstat_prefix: a`)), [
    `envoy.yaml:8:9: ${at}: oneof cluster_specifier of envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy is required (expected one of cluster, weighted_clusters)`,
  ]);
});

test('a misspelt type is told with the one that was meant', () => {
  const [line] = refusal(
    listener('"@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxi'),
  );
  assert.match(
    line ?? '',
    /did you mean "type.googleapis.com\/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"/,
  );
});

test('later checks add to the same report through the context', () => {
  const readFile = (): Uint8Array => new TextEncoder().encode('node: {id: a}\nadmin: {}\n');
  const loaded = readBootstrap({ registry, configPath: 'envoy.yaml', readFile });
  loaded.ctx.child('admin').child('address').error('is needed here');
  assert.throws(() => loaded.collector.throwIfAny(), /^ConfigError: envoy.yaml:2:1: admin.address: is needed here$/);
});

test('--config-yaml is merged over the file', () => {
  const { bootstrap } = load(
    'node: {id: a, cluster: b}\nstats_sinks: [{name: s1}]',
    'node: {id: c}\nstats_sinks: [{name: s2}]',
  );
  assert.equal(bootstrap.node?.id, 'c');
  assert.equal(bootstrap.node?.cluster, 'b');
  assert.deepEqual(
    bootstrap.statsSinks.map((sink) => sink.name),
    ['s1', 's2'],
  );
});

test('a fault of --config-yaml is told as such', () => {
  assert.deepEqual(refusal('node: {id: a}', 'nod: {id: b}'), [
    '--config-yaml:1:1: nod: no such field in envoy.config.bootstrap.v3.Bootstrap (did you mean "node"?)',
  ]);
});

test('a binary bootstrap is read, and refused when it is none', () => {
  const desc = registry.requireMessage(BOOTSTRAP_TYPE);
  const bytes = toBinary(desc, load('node: {id: a}').bootstrap);
  assert.equal(loadBootstrap({ registry, configPath: 'x.pb', readFile: () => bytes }).bootstrap.node?.id, 'a');
  const broken = (): unknown =>
    loadBootstrap({ registry, configPath: 'x.pb', readFile: () => Uint8Array.of(10, 9, 1) });
  assert.throws(broken, /x.pb:1:1: unable to parse as a binary protobuf/);
});

test('without any configuration there is one clear error', () => {
  assert.throws(() => loadBootstrap({ registry }), /At least one of --config-path or --config-yaml/);
});

test('deprecated fields are warned of in the words of Envoy', () => {
  const { warnings } = load('static_resources: {clusters: [{name: a, http_protocol_options: {}}]}');
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0] ?? '',
    /^Deprecated field: type envoy.config.cluster.v3.Cluster Using deprecated option 'envoy.config.cluster.v3.Cluster.http_protocol_options' from file cluster.proto. This/,
  );
});

test('unknown fields are left out with a warning when they are allowed', () => {
  const binary = { configPath: 'a.pb', readFile: () => Uint8Array.of(0x9a, 0x3f, 0x01, 0x41) };
  const yaml = { configYaml: 'node: {id: a, nope: b}\nstatic_resources: {clusters: [{name: c, type: NEW}]}' };
  assert.throws(() => loadBootstrap({ registry, ...binary }), /with unknown field set \{1011\}\) has unknown fields/);
  const loaded = loadBootstrap({ registry, ...binary, ...yaml, allowUnknownFields: true });
  assert.equal(loaded.bootstrap.node?.id, 'a');
  assert.deepEqual(
    loaded.warnings.map((text) => text.slice(0, 60)),
    [
      'Unknown field: node.nope: no such field in envoy.config.core',
      'Unknown field: static_resources.clusters[0].type: unknown en',
      'Unknown field: type envoy.config.bootstrap.v3.Bootstrap with',
    ],
  );
});
