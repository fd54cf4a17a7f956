import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadDescriptors } from '../../../api/load-descriptors.ts';
import { ConfigContext, ConfigErrorCollector, formatConfigProblem } from '../../../sdk/config.ts';
import type { JsonInput } from './json-value.ts';
import { parseProtoJson } from './parse-proto-json.ts';
import { TypeRegistry } from './type-registry.ts';
import { MessageValidator } from './validate-message.ts';

const registry = new TypeRegistry(loadDescriptors());

/** Rules that the message breaks, as lines. */
function broken(typeName: string, value: JsonInput): string[] {
  const collector = new ConfigErrorCollector();
  const ctx = new ConfigContext(collector, '', registry);
  const desc = registry.requireMessage(typeName);
  const message = parseProtoJson(registry, desc, value, ctx);
  assert.deepEqual(collector.problems, []);
  new MessageValidator(registry).validate(desc, message, ctx);
  return collector.problems.map(formatConfigProblem);
}

interface Rule {
  readonly name: string;
  readonly type: string;
  readonly good: JsonInput;
  readonly bad: JsonInput;
  readonly fault: string;
}

const core = 'envoy.config.core.v3';
const route = 'envoy.config.route.v3';
const rules: readonly Rule[] = [
  {
    name: 'min_len',
    type: `${core}.Pipe`,
    good: { path: 'a' },
    bad: {},
    fault: 'path: value length must be at least 1 characters',
  },
  {
    name: 'lte of a wrapper',
    type: 'envoy.config.endpoint.v3.LocalityLbEndpoints',
    good: { priority: 128 },
    bad: { priority: 129 },
    fault: 'priority: value must be less than or equal to 128',
  },
  {
    name: 'gte of a wrapper that is set',
    type: 'envoy.config.endpoint.v3.LbEndpoint',
    good: {},
    bad: { load_balancing_weight: 0 },
    fault: 'load_balancing_weight: value must be greater than or equal to 1',
  },
  {
    name: 'a range',
    type: `${route}.DirectResponseAction`,
    good: { status: 200 },
    bad: { status: 600 },
    fault: 'status: value must be inside range [200, 600)',
  },
  {
    name: 'defined_only',
    type: `${core}.SocketAddress`,
    good: { address: 'a', protocol: 'UDP', port_value: 1 },
    bad: { address: 'a', protocol: 7, port_value: 1 },
    fault: 'protocol: value must be one of the defined enum values',
  },
  {
    name: 'a required oneof',
    type: `${core}.Address`,
    good: { pipe: { path: 'a' } },
    bad: {},
    fault:
      'oneof address of envoy.config.core.v3.Address is required (expected one of socket_address, pipe, envoy_internal_address)',
  },
  {
    name: 'a required message',
    type: `${route}.Route`,
    good: { match: { prefix: '/' }, direct_response: { status: 200 } },
    bad: { direct_response: { status: 200 } },
    fault: 'match: value is required',
  },
  {
    name: 'min_items and the rules of items',
    type: `${route}.VirtualHost`,
    good: { name: 'a', domains: ['*'] },
    bad: { name: 'a', domains: ['a\n'] },
    fault: 'domains[0]: value must be a valid HTTP header value',
  },
  {
    name: 'rules of map values',
    type: 'envoy.config.core.v3.Metadata',
    good: { filter_metadata: { a: {} } },
    bad: { filter_metadata: { '': {} } },
    fault: 'filter_metadata[""]: key: value length must be at least 1 characters',
  },
  {
    name: 'a duration above another',
    type: 'envoy.config.cluster.v3.Cluster',
    good: { name: 'a', connect_timeout: '1s' },
    bad: { name: 'a', connect_timeout: '0s' },
    fault: 'connect_timeout: value must be greater than 0s',
  },
  {
    name: 'no duration below zero, even without a rule',
    type: `${route}.RouteAction.MaxStreamDuration`,
    good: { max_stream_duration: '0s' },
    bad: { max_stream_duration: '-1s' },
    fault: 'max_stream_duration: Invalid duration: Expected positive duration',
  },
  {
    name: 'pattern',
    type: 'envoy.config.route.v3.RedirectAction',
    good: { path_redirect: '/a' },
    bad: { path_redirect: '/a\n' },
    fault: 'path_redirect: value must be a valid HTTP header value',
  },
  {
    name: 'a message inside an Any',
    type: `${core}.TypedExtensionConfig`,
    good: { name: 'x', typed_config: { '@type': 't/envoy.config.core.v3.Pipe', path: 'a' } },
    bad: { name: 'x', typed_config: { '@type': 't/envoy.config.core.v3.Pipe' } },
    fault: 'typed_config.path: value length must be at least 1 characters',
  },
  {
    name: 'a message within a message',
    type: `${route}.Route`,
    good: { match: { prefix: '/' }, direct_response: { status: 200 } },
    bad: { match: { prefix: '/' }, direct_response: { status: 99 } },
    fault: 'direct_response.status: value must be inside range [200, 600)',
  },
  {
    name: 'a message in a list',
    type: 'envoy.config.endpoint.v3.LocalityLbEndpoints',
    good: { lb_endpoints: [{}, {}] },
    bad: { lb_endpoints: [{}, { load_balancing_weight: 0 }] },
    fault: 'lb_endpoints[1].load_balancing_weight: value must be greater than or equal to 1',
  },
  {
    name: 'max_items',
    type: `${route}.InternalRedirectPolicy`,
    good: { redirect_response_codes: [1, 2, 3, 4, 5] },
    bad: { redirect_response_codes: [1, 2, 3, 4, 5, 6] },
    fault: 'redirect_response_codes: value must contain no more than 5 item(s)',
  },
  {
    name: 'unique',
    type: `${route}.InternalRedirectPolicy`,
    good: { response_headers_to_copy: ['a', 'b'] },
    bad: { response_headers_to_copy: ['a', 'a'] },
    fault: 'response_headers_to_copy: repeated value must contain unique items',
  },
  {
    name: 'min_pairs',
    type: 'envoy.config.common.matcher.v3.Matcher.MatcherTree.MatchMap',
    good: { map: { a: { action: { name: 'x', typed_config: { '@type': `t/${core}.Pipe`, path: 'a' } } } } },
    bad: {},
    fault: 'map: value must contain at least 1 pair(s)',
  },
  {
    name: 'a field that is disallowed',
    type: `${route}.RateLimit.Action`,
    good: { remote_address: {} },
    bad: { dynamic_metadata: { descriptor_key: 'a', metadata_key: { key: 'b', path: [{ key: 'c' }] } } },
    fault: 'dynamic_metadata: Using deprecated option',
  },
];

for (const { name, type, good, bad, fault } of rules) {
  test(`rule: ${name}`, () => {
    assert.deepEqual(broken(type, good), []);
    const [line = '', ...others] = broken(type, bad);
    assert.deepEqual(others, []);
    assert.equal(line.slice(0, fault.length), fault);
  });
}

test('a list that is too short', () => {
  assert.deepEqual(broken(`${route}.VirtualHost`, { name: 'a' }), ['domains: value must contain at least 1 item(s)']);
});

test('an absent member of a oneof is not required', () => {
  assert.deepEqual(broken(`${route}.RouteMatch`, { prefix: '/' }), []);
});

test('a message whose rules are to be skipped', () => {
  assert.deepEqual(broken(`${core}.KeyValue`, {}), ['key: value length must be at least 1 characters']);
  assert.deepEqual(broken(`${core}.KeyValueAppend`, { record: { key: 'a' }, entry: {} }), []);
});

test('typed metadata is not checked, as Envoy does not', () => {
  const metadata = { typed_filter_metadata: { a: { '@type': 't/envoy.config.core.v3.Pipe' } } };
  assert.deepEqual(broken(`${core}.Metadata`, metadata), []);
});

test('a deprecated field is warned of', () => {
  const desc = registry.requireMessage('envoy.config.bootstrap.v3.Bootstrap');
  const ctx = new ConfigContext(new ConfigErrorCollector(), '', registry);
  const message = parseProtoJson(registry, desc, { watchdog: {} }, ctx);
  const warnings: string[] = [];
  const validator = new MessageValidator(registry, { warn: (text) => warnings.push(text) });
  validator.validate(desc, message, ctx);
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0] ?? '',
    /^Deprecated field: type envoy\.config\.bootstrap\.v3\.Bootstrap Using deprecated option '.*watchdog' from file bootstrap\.proto/,
  );
  assert.deepEqual(ctx.collector.problems, []);
});

test('every rule of the API can be evaluated', () => {
  const validator = new MessageValidator(registry);
  for (const typeName of registry.source.typeNames()) {
    const desc = registry.message(typeName);
    if (desc === undefined || !typeName.startsWith('envoy.')) continue;
    const ctx = new ConfigContext(new ConfigErrorCollector(), '', registry);
    validator.validate(desc, parseProtoJson(registry, desc, {}, ctx), ctx);
  }
});

test('deprecated fields count as often as Envoy checks them: within network filters twice, in maps once', () => {
  const at = 'type.googleapis.com/envoy.extensions.filters';
  const headers = [{ name: 'x', exact_match: 'y' }];
  const fault = { '@type': `${at}.http.fault.v3.HTTPFault`, headers };
  const uses = (routeExtra: JsonInput, filters: JsonInput) => {
    const routes = [{ match: { prefix: '/' }, direct_response: { status: 200 }, ...(routeExtra as object) }];
    const manager = {
      '@type': `${at}.network.http_connection_manager.v3.HttpConnectionManager`,
      ...{
        stat_prefix: 'a',
        http_filters: filters,
        route_config: { virtual_hosts: [{ name: 'v', domains: ['*'], routes }] },
      },
    };
    const value = { name: 'f', typed_config: manager } as JsonInput;
    const ctx = new ConfigContext(new ConfigErrorCollector(), '', registry);
    const desc = registry.requireMessage('envoy.config.listener.v3.Filter');
    const validator = new MessageValidator(registry);
    validator.validate(desc, parseProtoJson(registry, desc, value, ctx), ctx);
    return validator.deprecatedUses;
  };
  assert.equal(uses({}, []), 0);
  assert.equal(uses({ match: { prefix: '/', headers } }, []), 2);
  assert.equal(uses({}, [{ name: 'a', typed_config: fault }]), 2);
  assert.equal(uses({ typed_per_filter_config: { a: fault } }, []), 1);
});
