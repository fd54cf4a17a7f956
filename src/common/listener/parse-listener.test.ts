import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Listener } from '../../../api/generated/envoy/config/listener/v3/listener_pb.d.ts';
import { configReader } from '../../../test/harness/extension-config.ts';
import type { JsonInput } from '../proto/json-value.ts';
import { parseListener } from './parse-listener.ts';

type Fields = { readonly [field: string]: JsonInput };

/** Stands for the PROXY protocol's filter. */
const proxyProtocol = {
  category: 'envoy.filters.listener',
  name: 'envoy.filters.listener.proxy_protocol',
  configTypes: ['envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol'],
  parseConfig: () => 'parsed',
};
const reader = configReader([proxyProtocol]);

const socketAddress = (address: string) => ({ socket_address: { address, port_value: 80 } });
const chain = (name: string, fields: Fields = {}) => ({ name, filters: [], ...fields });

function parse(fields: Fields) {
  const json = { name: 'l', address: socketAddress('127.0.0.1'), filter_chains: [chain('a')], ...fields };
  const options = {
    fallbackName: 'unnamed',
    hash: (message: object) =>
      JSON.stringify(message, (_key, value) => (typeof value === 'bigint' ? String(value) : value)),
  };
  return reader.parse('envoy.config.listener.v3.Listener', json, (message: Listener, ctx) =>
    parseListener(message, ctx, options),
  );
}

/** As `label=value@state`, by address. */
function optionsOf(fields: Fields): readonly string[][] {
  const { config, problems } = parse(fields);
  assert.deepEqual(problems, []);
  return (config?.socketOptions ?? []).map((options) =>
    options.map(({ label, value, state }) => `${label}=${Buffer.from(value).toString('hex')}@${state}`),
  );
}

describe('socket options', () => {
  test('are none unless asked for', () => {
    assert.deepEqual(optionsOf({}), [[]]);
    assert.deepEqual(optionsOf({ freebind: false, transparent: false }), [[]]);
  });

  test('have a name and a value, or a field of their own', () => {
    const socket_options = [
      { level: 6, name: 9, int_value: 258, state: 'STATE_BOUND' },
      { level: 1, name: 2, buf_value: 'AQI=', state: 'STATE_LISTENING' },
    ];
    assert.deepEqual(optionsOf({ socket_options, freebind: true, transparent: true, tcp_fast_open_queue_length: 5 }), [
      [
        'IPPROTO_IP/IP_TRANSPARENT=01000000@prebind',
        'IPPROTO_IP/IP_TRANSPARENT=01000000@bound',
        'IPPROTO_IP/IP_FREEBIND=01000000@prebind',
        '6/9=02010000@bound',
        '1/2=0102@listening',
        'IPPROTO_TCP/TCP_FASTOPEN=05000000@listening',
      ],
    ]);
  });

  test('go by the address’s family, and by the kind of socket', () => {
    const socket_options = [
      { level: 1, name: 1, int_value: 1, type: { datagram: {} } },
      { level: 1, name: 2, int_value: 1, type: { stream: {} } },
      { level: 1, name: 3, int_value: 1, ip_version: 1 },
    ];
    assert.deepEqual(optionsOf({ address: socketAddress('::1'), freebind: true, socket_options }), [
      ['IPPROTO_IPV6/IPV6_FREEBIND=01000000@prebind', '1/2=01000000@prebind'],
    ]);
  });

  test('of an additional address replace those of the listener', () => {
    const option = (name: number) => ({ level: 1, name, int_value: 0 });
    const additional_addresses = [
      { address: socketAddress('127.0.0.2') },
      { address: socketAddress('127.0.0.3'), socket_options: { socket_options: [option(8)] } },
      { address: socketAddress('127.0.0.4'), socket_options: {} },
    ];
    const names = optionsOf({ socket_options: [option(7)], additional_addresses });
    assert.deepEqual(
      names.map((options) => options.map((text) => text.replace(/=.*/, ''))),
      [['1/7'], ['1/7'], ['1/8'], []],
    );
  });
});

test('use_proxy_proto of the first chain adds the listener filter, that of others does not', () => {
  const filtersOf = (...chains: readonly JsonInput[]) => {
    const { config, problems } = parse({ filter_chains: [...chains] });
    assert.deepEqual(problems, []);
    return config?.listenerFilters.map(({ name, config: made }) => `${name} ${made}`);
  };
  const other = { filter_chain_match: { destination_port: 1 } };
  const name = 'envoy.filters.listener.proxy_protocol';
  assert.deepEqual(filtersOf(chain('a', { use_proxy_proto: true }), chain('b', other)), [`${name} parsed`]);
  assert.deepEqual(filtersOf(chain('a'), chain('b', { ...other, use_proxy_proto: true })), []);
  assert.deepEqual(filtersOf(chain('a', { use_proxy_proto: false })), []);
});

describe('a listener', () => {
  const config = (fields: Fields) => {
    const { config: made, problems } = parse(fields);
    assert.deepEqual(problems, []);
    assert.ok(made);
    return made;
  };

  test('has Envoy’s defaults', () => {
    const { bindToPort, reusePort, backlog, bufferLimitBytes, listenerFiltersTimeoutMs, ...rest } = config({});
    const made = { bindToPort, reusePort, backlog, bufferLimitBytes, listenerFiltersTimeoutMs };
    const expected = { bindToPort: true, reusePort: true, backlog: 0, bufferLimitBytes: 1_048_576 };
    assert.deepEqual(made, { ...expected, listenerFiltersTimeoutMs: 15_000 });
    const { continueOnListenerFiltersTimeout, trafficDirection, drainType, statPrefix, keepAlive } = rest;
    const others = [continueOnListenerFiltersTimeout, trafficDirection, drainType, statPrefix, keepAlive];
    assert.deepEqual(others, [false, 'UNSPECIFIED', 'DEFAULT', '127.0.0.1:80', undefined]);
    assert.equal(config({ name: '' }).name, 'unnamed');
  });

  test('has what its fields say', () => {
    const made = config({
      ...{ bind_to_port: false, enable_reuse_port: false, tcp_backlog_size: 7, per_connection_buffer_limit_bytes: 9 },
      ...{ listener_filters_timeout: '2s', continue_on_listener_filters_timeout: true, stat_prefix: 's' },
      ...{ traffic_direction: 'INBOUND', drain_type: 'MODIFY_ONLY', ignore_global_conn_limit: true },
      tcp_keepalive: { keepalive_probes: 1, keepalive_time: 2, keepalive_interval: 3 },
    });
    const { bindToPort, reusePort, backlog, bufferLimitBytes, listenerFiltersTimeoutMs, ...rest } = made;
    const numbers = [bindToPort, reusePort, backlog, bufferLimitBytes, listenerFiltersTimeoutMs];
    assert.deepEqual(numbers, [false, false, 7, 9, 2000]);
    const { continueOnListenerFiltersTimeout, trafficDirection, drainType, statPrefix, ignoreGlobalConnLimit } = rest;
    const others = [continueOnListenerFiltersTimeout, trafficDirection, drainType, statPrefix, ignoreGlobalConnLimit];
    assert.deepEqual(others, [true, 'INBOUND', 'MODIFY_ONLY', 's', true]);
    assert.deepEqual(made.keepAlive, { probes: 1, idleSeconds: 2, intervalSeconds: 3 });
    assert.deepEqual(config({ tcp_keepalive: {} }).keepAlive, {});
    assert.equal(config({ deprecated_v1: { bind_to_port: false } }).bindToPort, false);
  });

  test('listens on IPv4, IPv6, both, Unix sockets, and on more than one', () => {
    const addresses = (fields: Fields) =>
      config(fields).addresses.map(({ address, ipv4Compat, mode }) => [address.asString, ipv4Compat, mode]);
    const additional_addresses = [{ address: socketAddress('::1') }, { address: { pipe: { path: '@x' } } }];
    assert.deepEqual(addresses({ additional_addresses }), [
      ['127.0.0.1:80', false, 0],
      ['[::1]:80', false, 0],
      ['@x', false, 0],
    ]);
    const dual = { socket_address: { address: '::', port_value: 80, ipv4_compat: true } };
    assert.deepEqual(addresses({ address: dual }), [['[::]:80', true, 0]]);
    const pipe = { pipe: { path: '/x.sock', mode: 0o640 } };
    assert.deepEqual(addresses({ address: pipe }), [['/x.sock', false, 0o640]]);
    assert.equal(config({ address: pipe }).reusePort, false, 'only ports are shared out');
  });

  test('is refused an address that is none', () => {
    const told = (address: JsonInput) => parse({ address }).problems.join('\n');
    const at = (address: string, more: Fields = {}) => ({ socket_address: { address, port_value: 80, ...more } });
    assert.match(told(at('localhost')), /address\.socket_address\.address: malformed IP address: localhost/);
    assert.match(
      told(at('::1', { ipv4_compat: true })),
      /Only IPv6 address '::' or valid IPv4-mapped IPv6 address can/,
    );
    assert.match(told({ pipe: { path: '@x', mode: 1 } }), /Cannot set mode for Abstract AF_UNIX sockets/);
    assert.match(
      told({ envoy_internal_address: { server_listener_name: 'x' } }),
      /internal listeners are not supported/,
    );
    assert.match(parse({ filter_chains: [] }).problems.join(), /'127\.0\.0\.1:80': no filter chains specified/);
  });

  test('two chains of the same match are refused', () => {
    const match = { filter_chain_match: { destination_port: 1, source_ports: [2, 3] } };
    const other = { filter_chain_match: { destination_port: 1, source_ports: [3, 4] } };
    const told = (second: typeof match) =>
      parse({ filter_chains: [chain('a', match), chain('b', second)] }).problems.join();
    assert.match(told(match), /filter_chains\[1\]: .*filter chain 'b' has the same matching rules defined as 'a'/);
    assert.match(
      told(other),
      /filter_chains\[1\]: .*multiple filter chains with overlapping matching rules are defined/,
    );
  });

  test('a listener filter is left out of connections that filter_disabled names', () => {
    const name = 'envoy.filters.listener.proxy_protocol';
    const type = 'envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol';
    const typed_config = { '@type': `type.googleapis.com/${type}` };
    const disabled = (filter_disabled: JsonInput) => {
      const [filter] = config({ listener_filters: [{ name, typed_config, filter_disabled }] }).listenerFilters;
      return [1, 5, 9].map((port) => filter?.isDisabled({ localAddress: { kind: 'ip', port } } as never));
    };
    const range = (start: number, end: number) => ({ destination_port_range: { start, end } });
    assert.deepEqual(disabled(range(5, 9)), [false, true, false]);
    assert.deepEqual(disabled({ not_match: range(5, 9) }), [true, false, true]);
    assert.deepEqual(disabled({ any_match: true }), [true, true, true]);
    assert.deepEqual(disabled({ or_match: { rules: [range(1, 2), range(9, 10)] } }), [true, false, true]);
    assert.deepEqual(disabled({ and_match: { rules: [range(1, 9), range(5, 10)] } }), [false, true, false]);
  });
});

describe('filter_chain_matcher', () => {
  const action = (value: string, type = 'google.protobuf.StringValue') => ({
    action: { name: 'x', typed_config: { '@type': `type.googleapis.com/${type}`, ...(value === '' ? {} : { value }) } },
  });
  const matcher = { on_no_match: action('b') };

  test('chooses a chain by name', () => {
    const { config, problems } = parse({ filter_chains: [chain('a'), chain('b')], filter_chain_matcher: matcher });
    assert.deepEqual(problems, []);
    const result = config?.filterChainMatcher?.({} as never).match({} as never);
    assert.deepEqual(result, { chainName: 'b' });
  });

  test('chains need names, each its own, and may match alike', () => {
    const told = (...names: string[]) =>
      parse({ filter_chains: names.map((name) => chain(name)), filter_chain_matcher: matcher }).problems;
    const what = "error adding listener '127.0.0.1:80':";
    assert.deepEqual(told('a', ''), [
      `filter_chains[1]: ${what} "name" field is required when using a listener matcher`,
    ]);
    assert.deepEqual(told('a', 'a'), [`filter_chains[1].name: ${what} "name" field is duplicated with value 'a'`]);
    assert.deepEqual(told('a', 'c'), []);
  });

  test('other actions are not for filter chains', () => {
    const { problems } = parse({ filter_chain_matcher: { on_no_match: action('', 'envoy.config.route.v3.Route') } });
    assert.match(
      problems.join(),
      /on_no_match\.action: Didn't find a registered implementation for 'x' with type URL: 'envoy\.config\.route\.v3\.Route'/,
    );
  });
});

test('ranges that differ in the bits behind their length alone are the same range', () => {
  const from = (address_prefix: string, prefix_len: number) => ({
    filter_chain_match: { prefix_ranges: [{ address_prefix, prefix_len }] },
  });
  const faults = (...ranges: readonly Fields[]) =>
    parse({ filter_chains: ranges.map((fields, i) => chain(`c${i}`, fields)) }).problems.length;
  assert.equal(faults(from('127.0.0.1', 24), from('127.0.0.0', 24)), 1);
  assert.equal(faults(from('127.0.0.1', 0), from('10.0.0.0', 0)), 1);
  assert.equal(faults(from('127.0.0.1', 24), from('127.0.1.0', 24)), 0);
});
