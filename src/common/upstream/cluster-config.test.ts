import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ConfigError } from '../../../sdk/config.ts';
import { ClusterReader } from '../../../test/harness/upstream-world.ts';
import type { ClusterConfig } from './cluster-config.ts';

const reader = new ClusterReader();

function parse(fields: object): ClusterConfig {
  return reader.config(reader.message({ name: 'u', ...fields }));
}

function problems(fields: object): string[] {
  try {
    parse(fields);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message }) => `${path}: ${message}`);
  }
}

function endpoints(...hosts: readonly string[]): object {
  const lbEndpoints = hosts.map((address) => ({ endpoint: { address: { socketAddress: { address, portValue: 1 } } } }));
  return { loadAssignment: { clusterName: 'u', endpoints: [{ lbEndpoints }] } };
}

const httpOptions = (fields: object): object => ({
  typedExtensionProtocolOptions: {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
      '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      ...fields,
    },
  },
});

const dnsCluster = (fields: object): object => ({
  clusterType: {
    name: 'any',
    typedConfig: { '@type': 'type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster', ...fields },
  },
});

test('cluster_type: a DnsCluster counts instead of the fields beside it, a name stands for its type', () => {
  const fields = { dnsRefreshRate: '60s', dnsLookupFamily: 'V4_ONLY' };
  const each = parse({ ...dnsCluster(fields), dnsRefreshRate: '7s', respectDnsTtl: true, ...endpoints('foo', 'bar') });
  assert.equal(each.discoveryType, 'STRICT_DNS');
  assert.deepEqual([each.dns.refreshRateMs, each.dns.lookupFamily, each.dns.respectTtl], [60_000, 'V4_ONLY', false]);
  const one = parse({ ...dnsCluster({ allAddressesInSingleEndpoint: true }), ...endpoints('foo') });
  assert.deepEqual([one.discoveryType, one.dns.lookupFamily], ['LOGICAL_DNS', 'AUTO']);
  const named = parse({ clusterType: { name: 'envoy.cluster.strict_dns' }, dnsRefreshRate: '7s', ...endpoints('foo') });
  assert.deepEqual([named.discoveryType, named.dns.refreshRateMs], ['STRICT_DNS', 7000]);
});

describe('defaults', () => {
  test('are those of Envoy', () => {
    const config = parse({});
    assert.equal(config.discoveryType, 'STATIC');
    assert.equal(config.connectTimeoutMs, 5000);
    assert.equal(config.perConnectionBufferLimitBytes, 1_048_576);
    assert.equal(config.http.idleTimeoutMs, 3_600_000);
    assert.equal(config.http.maxResponseHeadersCount, 100);
    assert.equal(config.tcp.idleTimeoutMs, 600_000);
    assert.equal(config.commonLb.healthyPanicThreshold, 50);
    assert.equal(config.loadBalancer?.extension.name, 'envoy.load_balancing_policies.round_robin');
    assert.equal(config.loadAssignment.overprovisioningFactor, 140);
    assert.deepEqual(config.dns, {
      refreshRateMs: 5000,
      jitterMs: 0,
      minTtlMs: 0,
      failureBaseIntervalMs: 5000,
      failureMaxIntervalMs: 5000,
      respectTtl: false,
      lookupFamily: 'AUTO',
      resolver: undefined,
    });
    const { default: standard, high } = config.circuitBreakers;
    assert.deepEqual([standard.maxConnections, standard.maxRetries, high.maxRequests], [1024, 3, 1024]);
  });

  test('alt_stat_name names the statistics', () => {
    assert.equal(parse({ altStatName: 'other' }).observabilityName, 'other');
  });
});

describe('fields', () => {
  test('HTTP options come from the typed form, or from the old fields', () => {
    const typed = httpOptions({
      commonHttpProtocolOptions: { idleTimeout: '1s', maxRequestsPerConnection: 7, maxResponseHeadersKb: 10 },
      explicitHttpConfig: { httpProtocolOptions: { enableTrailers: true, headerKeyFormat: { properCaseWords: {} } } },
    });
    const config = parse(typed);
    assert.equal(config.http.idleTimeoutMs, 1000);
    assert.equal(config.http.maxRequestsPerConnection, 7);
    assert.equal(config.http.maxResponseHeadersBytes, 10_240);
    assert.deepEqual([config.http.http1.enableTrailers, config.http.http1.headerKeyFormat.kind], [true, 'encode_only']);
    assert.equal(parse({ maxRequestsPerConnection: 3 }).http.maxRequestsPerConnection, 3);
    assert.equal(parse({ commonHttpProtocolOptions: { idleTimeout: '2s' } }).http.idleTimeoutMs, 2000);
  });

  test('endpoints keep locality, priority, weight, health, hostname and metadata', () => {
    const lbEndpoint = {
      endpoint: { address: { pipe: { path: '/x' } }, hostname: 'h', observabilityName: 'o' },
      healthStatus: 'DEGRADED',
      loadBalancingWeight: 4,
      metadata: { filterMetadata: { 'envoy.lb': { canary: true } } },
    };
    const locality = { region: 'r', zone: 'z', subZone: 's' };
    const group = { locality, priority: 2, lbEndpoints: [lbEndpoint] };
    const { localities } = parse({ loadAssignment: { clusterName: 'u', endpoints: [group] } }).loadAssignment;
    assert.deepEqual(localities[0]?.locality, locality);
    assert.equal(localities[0]?.priority, 2);
    assert.deepEqual(localities[0]?.endpoints[0], {
      address: { kind: 'pipe', path: '/x' },
      hostname: 'h',
      observabilityName: 'o',
      health: 'DEGRADED',
      weight: 4,
      metadata: new Map([['envoy.lb', { canary: true }]]),
      additionalAddresses: [],
      healthCheck: { disabled: false, hostname: '', address: undefined, port: 0 },
    });
  });

  test('source address and keepalive of upstream sockets', () => {
    const { bind } = parse({
      upstreamBindConfig: { sourceAddress: { address: '127.0.0.2', portValue: 0 } },
      upstreamConnectionOptions: { tcpKeepalive: { keepaliveTime: 10 } },
    });
    const source = { ip: '127.0.0.2', port: 0 };
    assert.deepEqual(bind.sourceAddresses, { 4: source, 6: source });
    assert.deepEqual(bind.keepalive, { probes: undefined, timeS: 10, intervalS: undefined });
  });

  test('a second source address is for hosts of its IP version, with socket options of its own', () => {
    const sourceAddress = { address: '127.0.0.2', portValue: 0 };
    const option = (intValue: number) => ({ level: 6, name: 1, intValue, state: 'STATE_PREBIND' });
    const extra = (address: string) => ({
      address: { address, portValue: 5 },
      socketOptions: { socketOptions: [option(9)] },
    });
    const { bind } = parse({
      upstreamBindConfig: { sourceAddress, socketOptions: [option(1)], extraSourceAddresses: [extra('::1')] },
    });
    assert.deepEqual(bind.sourceAddresses, { 4: { ip: '127.0.0.2', port: 0 }, 6: { ip: '::1', port: 5 } });
    const values = [4, 6].map((version) => bind.socketOptions[version as 4 | 6].map(({ value }) => value));
    assert.notDeepEqual(values[0], values[1]);
    for (const [config, words] of [
      [{ sourceAddress, extraSourceAddresses: [extra('127.0.0.3')] }, /Cluster u's .* two same IP version/],
      [{ sourceAddress, extraSourceAddresses: [extra('::1'), extra('::2')] }, /more than one extra/],
      [{ extraSourceAddresses: [extra('::1')] }, /but no source_address/],
    ] as const) {
      assert.throws(() => parse({ upstreamBindConfig: config }), words);
    }
  });
});

// Texts and verdicts as the real Envoy gives them.
const refused: readonly [string, object, string][] = [
  [
    'a name in a static cluster',
    endpoints('foo'),
    "load_assignment.endpoints[0].lb_endpoints[0].endpoint.address.socket_address.address: malformed IP address: foo. Consider setting resolver_name or setting cluster type to 'STRICT_DNS' or 'LOGICAL_DNS'",
  ],
  [
    'two hosts of a logical one',
    { type: 'LOGICAL_DNS', ...endpoints('foo', 'bar') },
    'load_assignment: LOGICAL_DNS clusters must have a single locality_lb_endpoint and a single lb_endpoint',
  ],
  [
    'no host of a logical one',
    { type: 'LOGICAL_DNS' },
    'load_assignment: LOGICAL_DNS clusters must have a single host',
  ],
  [
    'more than connections per host',
    { circuitBreakers: { perHostThresholds: [{ maxRequests: 3 }] } },
    'circuit_breakers.per_host_thresholds[0]: Unsupported field in per_host_thresholds',
  ],
  [
    'a failure interval that shrinks',
    { type: 'STRICT_DNS', ...endpoints('foo'), dnsFailureRefreshRate: { baseInterval: '5s', maxInterval: '1s' } },
    'dns_failure_refresh_rate: dns_failure_refresh_rate must have max_interval greater than or equal to the base_interval',
  ],
  [
    'a cluster type that is none',
    { clusterType: { name: 'foo' } },
    "cluster_type: Didn't find a registered cluster factory implementation for name: 'foo'",
  ],
  [
    'a policy that is to be elsewhere',
    { lbPolicy: 'LOAD_BALANCING_POLICY_CONFIG' },
    'lb_policy: cluster: field load_balancing_policy need to be set',
  ],
  [
    'a transport socket without type',
    { transportSocket: { name: 'foo' } },
    "transport_socket: Didn't find a registered implementation for 'foo' with type URL: ''",
  ],
  [
    'a source address that is none',
    { upstreamBindConfig: { sourceAddress: { address: 'x', portValue: 0 } } },
    'upstream_bind_config.source_address.address: malformed IP address: x',
  ],
  [
    'unknown protocol options',
    { typedExtensionProtocolOptions: { foo: { '@type': 'type.googleapis.com/google.protobuf.Struct', value: {} } } },
    `typed_extension_protocol_options["foo"]: Didn't find a registered network or http filter or protocol options implementation for name: 'foo'`,
  ],
];

for (const [name, fields, expected] of refused) {
  test(`refused: ${name}`, () => {
    assert.ok(problems(fields).includes(expected), problems(fields).join('\n'));
  });
}

const pool = (type: string) => ({
  upstreamConfig: {
    name: 'x',
    typedConfig: { '@type': `type.googleapis.com/envoy.extensions.upstreams.http.${type}ConnectionPoolProto` },
  },
});

test('what requests go out by', () => {
  const kindOf = (fields: object) => parse(fields).upstreamKind;
  assert.deepEqual([{}, pool('generic.v3.Generic'), pool('http.v3.Http'), pool('tcp.v3.Tcp')].map(kindOf), [
    'generic',
    'generic',
    'http',
    'tcp',
  ]);
  assert.match(problems(pool('udp.v3.Udp')).join(), /UdpConnectionPoolProto is not supported/);
});

test('who waits for a connection goes in turn', () => {
  const queue = (type: string) => ({
    queuingPolicies: { pendingRqPolicy: { name: 'q', typedConfig: { '@type': `type.googleapis.com/${type}` } } },
  });
  assert.deepEqual(problems(queue('envoy.extensions.queue_policy.fifo.v3.FifoQueuePolicyConfig')), []);
  assert.match(problems(queue('google.protobuf.Empty')).join(), /registered queue policy implementation for name: 'q'/);
});

test('which statistics are kept', () => {
  const { acceptsStat } = parse({ statsMatcher: { exclusionList: { patterns: [{ suffix: '_total' }] } } });
  assert.deepEqual([acceptsStat?.('cluster.c.a_total'), acceptsStat?.('cluster.c.b')], [false, true]);
  assert.equal(parse({}).acceptsStat, undefined);
});

const unsupported: readonly [object, string][] = [
  [{ type: 'EDS' }, 'type'],
  [{ clusterType: { name: 'envoy.cluster.eds' } }, 'cluster_type'],
  [{ outlierDetection: { detectDegradedHosts: true } }, 'outlier_detection.detect_degraded_hosts'],
  [{ http2ProtocolOptions: {} }, 'http2_protocol_options'],
  [{ type: 'STRICT_DNS', useTcpForDnsLookups: true }, 'use_tcp_for_dns_lookups'],
];

for (const [fields, path] of unsupported) {
  test(`refused by name: ${path} ${JSON.stringify(fields)}`, () => {
    const found = problems(fields);
    assert.ok(
      found.some((problem) => problem.startsWith(`${path}: `) && problem.includes('not supported yet')),
      found.join('\n'),
    );
  });
}

test('drop_overloads has one category and at most all requests', () => {
  const drops = (...percentages: object[]) => ({
    loadAssignment: {
      clusterName: 'c',
      policy: { dropOverloads: percentages.map((dropPercentage) => ({ category: 'a', dropPercentage })) },
    },
  });
  const place = 'load_assignment.policy.drop_overloads: Cluster drop_overloads config';
  assert.deepEqual(problems(drops({ numerator: 1, denominator: 'MILLION' })), []);
  assert.deepEqual(problems(drops({ numerator: 500 })), [
    `${place} is invalid. drop_ratio=5(Numerator 500 / Denominator 100). The valid range is 0~1.`,
  ]);
  assert.deepEqual(problems(drops({}, {})), [`${place} has 2 categories. Envoy only support one.`]);
});

test('an endpoint without an address is one without a name to look up', () => {
  const loadAssignment = { clusterName: 'c', endpoints: [{ lbEndpoints: [{}] }] };
  for (const type of ['STRICT_DNS', 'LOGICAL_DNS']) assert.deepEqual(problems({ type, loadAssignment }), []);
  assert.match(problems({ type: 'STATIC', loadAssignment }).join(), /endpoint\.address: Address must be set/);
});

test('HTTP/2 upstreams are refused by name', () => {
  const found = problems(httpOptions({ explicitHttpConfig: { http2ProtocolOptions: {} } }));
  assert.match(found.join(), /explicit_http_config\.http2_protocol_options: .* is not supported yet/);
});
