import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startSimulatedProxy } from '../../src/exe/simulation/index.ts';

const type = (name: string) => `type.googleapis.com/envoy.extensions.${name}`;

/** A chain that says its name and closes. */
const saying = (name: string, fields: object = {}) => ({
  name,
  filters: [
    {
      name: 'say',
      typed_config: {
        '@type': type('filters.network.direct_response.v3.Config'),
        response: { inline_string: name },
      },
    },
  ],
  ...fields,
});

const access_log = [
  {
    name: 'log',
    typed_config: {
      '@type': type('access_loggers.stream.v3.StdoutAccessLog'),
      log_format: {
        text_format_source: { inline_string: '%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %FILTER_CHAIN_NAME%\n' },
      },
    },
  },
];

/** What clients of these addresses are told by a listener at both of its addresses. */
async function told(listener: object, ...to: readonly string[]) {
  const at = (port_value: number) => ({ address: { socket_address: { address: '127.0.0.1', port_value } } });
  const addresses = { ...at(1000), additional_addresses: [at(1001)] };
  const config = { static_resources: { listeners: [{ name: 'l', ...addresses, access_log, ...listener }] } };
  await using proxy = await startSimulatedProxy({ config });
  const clients = to.map((address) => proxy.connect(address));
  await proxy.advance(10);
  return {
    received: clients.map(({ received }) => received),
    states: clients.map(({ state }) => state),
    log: proxy.accessLog('/dev/stdout').split('\n').slice(0, -1),
    unmatched: proxy.stat('listener.127.0.0.1_1000.no_filter_chain_match'),
  };
}

const both = ['127.0.0.1:1000', '127.0.0.1:1001'];
const first = saying('first', { filter_chain_match: { destination_port: 1000 } });

test('a connection gets the chain that it matches, or the default one', async () => {
  const chains = { filter_chains: [first], default_filter_chain: saying('otherwise') };
  const { received, log, unmatched } = await told(chains, ...both);
  assert.deepEqual([received, unmatched], [['first', 'otherwise'], 0]);
  assert.deepEqual(log, ['- direct_response first', '- direct_response otherwise']);
});

test('where none matches the connection is closed, counted and logged', async () => {
  const { received, states, log, unmatched } = await told({ filter_chains: [first] }, ...both);
  assert.deepEqual([received, states, unmatched], [['first', ''], ['ended', 'ended'], 1]);
  assert.ok(log.includes('NR filter_chain_not_found -'), log.join('\n'));
});

test('a matcher names the chain; a name that no chain has closes, no match takes the default one', async () => {
  const action = (value: string) => ({
    action: { name: 'x', typed_config: { '@type': 'type.googleapis.com/google.protobuf.StringValue', value } },
  });
  const input = {
    name: 'port',
    typed_config: { '@type': type('matching.common_inputs.network.v3.DestinationPortInput') },
  };
  const matcher = (map: object) => ({ matcher_tree: { input, exact_match_map: { map } } });
  const chains = { filter_chains: [saying('a'), saying('b')], default_filter_chain: saying('otherwise') };
  const named = { ...chains, filter_chain_matcher: matcher({ 1000: action('b'), 1001: action('none') }) };
  assert.deepEqual((await told(named, ...both)).received, ['b', '']);
  const some = { ...chains, filter_chain_matcher: matcher({ 1000: action('a') }) };
  assert.deepEqual((await told(some, ...both)).received, ['a', 'otherwise']);
});

test('a listener filter does not wait for connections that filter_disabled names', async () => {
  const waiting = {
    name: 'proxy_protocol',
    typed_config: { '@type': type('filters.listener.proxy_protocol.v3.ProxyProtocol') },
    filter_disabled: { destination_port_range: { start: 1001, end: 1002 } },
  };
  const { received } = await told({ listener_filters: [waiting], filter_chains: [saying('first')] }, ...both);
  assert.deepEqual(received, ['', 'first']);
});
