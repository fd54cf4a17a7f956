import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { tcpListener } from '../harness/config-push.ts';
import { LiveProxy } from '../harness/live-proxy.ts';

/** An outsider's HTTP filter for either side of the router: a typed configuration, a counter, a fault on demand. */
const plugin = `
import { defineDualHttpFilter, type Counter, type HttpFilter, type RequestHeaderMap } from '@nuncio/sdk';

interface Greeting {
  readonly word: string;
}

class GreetingFilter implements HttpFilter {
  readonly #greeting: Greeting;
  readonly #greeted: Counter;
  constructor(greeting: Greeting, greeted: Counter) {
    this.#greeting = greeting;
    this.#greeted = greeted;
  }
  decodeHeaders(headers: RequestHeaderMap) {
    if (headers.path === '/fault') throw new Error('a fault of the filter');
    this.#greeted.inc();
    headers.set('x-greeting', this.#greeting.word);
    return 'Continue' as const;
  }
}

export const [greeting, upstreamGreeting] = defineDualHttpFilter<Greeting>({
  name: 'example.greeting',
  configTypes: ['google.protobuf.StringValue'],
  parseConfig(message, ctx) {
    const { value: word } = message as unknown as { value: string };
    if (word === '') ctx.child('value').error('a greeting needs a word');
    return { word };
  },
  createFilterFactory(config, { scope, statsPrefix }) {
    const greeted = scope.counter(statsPrefix + 'greeting.greeted');
    return () => new GreetingFilter(config, greeted);
  },
});
`;
const http = 'type.googleapis.com/envoy.extensions.filters';

function config(word: string): object {
  const routes = [
    {
      match: { prefix: '/' },
      direct_response: { status: 200 },
      response_headers_to_add: [{ header: { key: 'x-greeting', value: '%REQ(x-greeting)%' } }],
    },
  ];
  const typed_config = {
    '@type': `${http}.network.http_connection_manager.v3.HttpConnectionManager`,
    stat_prefix: 'in',
    route_config: { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] },
    http_filters: [
      { name: 'hello', typed_config: { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: word } },
      { name: 'envoy.filters.http.router', typed_config: { '@type': `${http}.http.router.v3.Router` } },
    ],
  };
  const filter_chains = [{ filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config }] }];
  return { static_resources: { listeners: [tcpListener('in', 0, { filter_chains })] } };
}

/** `word` is said behind the router alone. */
function upstreamConfig(word: string, port: number): object {
  const all = config('unused') as { static_resources: { listeners: { filter_chains: [{ filters: [Filter] }] }[] } };
  const manager = all.static_resources.listeners[0]?.filter_chains[0].filters[0].typed_config;
  if (manager === undefined) throw new Error('no connection manager');
  manager.http_filters.shift();
  const routes = [{ match: { prefix: '/' }, route: { cluster: 'up' } }];
  manager.route_config = { virtual_hosts: [{ name: 'all', domains: ['*'], routes }] };
  const options = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
  const codec = { '@type': `${http}.http.upstream_codec.v3.UpstreamCodec` };
  const address = { socket_address: { address: '127.0.0.1', port_value: port } };
  const cluster = {
    name: 'up',
    load_assignment: { cluster_name: 'up', endpoints: [{ lb_endpoints: [{ endpoint: { address } }] }] },
    typed_extension_protocol_options: {
      [options]: {
        '@type': `type.googleapis.com/${options}`,
        explicit_http_config: { http_protocol_options: {} },
        http_filters: [
          { name: 'hello', typed_config: { '@type': 'type.googleapis.com/google.protobuf.StringValue', value: word } },
          { name: 'codec', typed_config: codec },
        ],
      },
    },
  };
  return { static_resources: { ...all.static_resources, clusters: [cluster] } };
}

interface Filter {
  readonly typed_config: { route_config: object; readonly http_filters: object[] };
}

const args = ['--plugin', '$FOLDER/greeting.ts', '--concurrency', '1'];
const files = { 'greeting.ts': plugin };

test('an outsider’s filter in TypeScript: configured, counted, and its fault is one request’s 500', async () => {
  await using proxy = await LiveProxy.start({ config: config('hello'), args, files });
  const url = `http://127.0.0.1:${await proxy.port('in')}`;
  const answer = await fetch(url);
  assert.deepEqual([answer.status, answer.headers.get('x-greeting')], [200, 'hello']);
  const fault = await fetch(`${url}/fault`);
  assert.deepEqual([fault.status, await fault.text()], [500, 'Internal Server Error']);
  assert.equal((await fetch(url)).status, 200);
  assert.equal(await proxy.stat('http.in.greeting.greeted'), 2);
  assert.equal(await proxy.stat('http.in.filter_threw'), 1);
  assert.match(proxy.log, /a fault of the filter/);
});

test('the same filter between the router and an upstream', async (t) => {
  const upstream = createServer((request, response) => response.end(request.headers['x-greeting']));
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  t.after(() => upstream.close());
  const { port } = upstream.address() as AddressInfo;
  await using proxy = await LiveProxy.start({ config: upstreamConfig('up there', port), args, files });
  const url = `http://127.0.0.1:${await proxy.port('in')}`;
  assert.equal(await (await fetch(url)).text(), 'up there');
  assert.equal((await fetch(`${url}/fault`)).status, 500);
  assert.equal(await proxy.stat('cluster.up.greeting.greeted'), 1);
  assert.equal(await proxy.stat('http.in.filter_threw'), 1);
});

test('what the filter’s own check refuses is told with its place, and the exit code is 1', async () => {
  await using proxy = LiveProxy.launch({ config: config(''), args, files });
  assert.deepEqual(await proxy.exited(), { code: 1, signal: null });
  assert.match(proxy.log, /http_filters\[0\]\.typed_config\.value: a greeting needs a word/);
});
