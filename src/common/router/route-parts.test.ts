import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RouteTableHarness, readRouteConfig, request, routesOf } from '../../../test/harness/route-table.ts';
import { ResponseHeaders } from '../headers/header-map.ts';
import type { JsonInput } from '../proto/json-value.ts';
import { fragmentStart, portStart, queryStart } from './path-text.ts';
import { redirectUri, UNCHANGED } from './redirect-uri.ts';

const add = (key: string, value: string, action = 'APPEND_IF_EXISTS_OR_ADD') => ({
  header: { key, value },
  append_action: action,
});

function rewritten(
  action: Record<string, JsonInput>,
  headers: Record<string, string>,
  match: JsonInput = { prefix: '/' },
) {
  const routes = new RouteTableHarness(routesOf([{ match, route: { cluster: 'u', ...action } }]));
  const sent = request(headers);
  routes.find(headers)?.routeEntry?.finalizeRequestHeaders(sent, routes.streamInfo(), true);
  return sent;
}

test('redirects keep what they do not change', () => {
  const cases: readonly (readonly [Partial<typeof UNCHANGED>, Record<string, string>, string])[] = [
    [{}, { ':path': '/a?b' }, 'http://host/a?b'],
    [{ scheme: 'https' }, { ':authority': 'h:80' }, 'https://h/'],
    [{ scheme: 'https' }, { ':authority': 'h:8080' }, 'https://h:8080/'],
    [{ host: 'other' }, { ':authority': 'h:8080' }, 'http://other/'],
    [{ port: 81 }, { ':authority': '[::1]:80' }, 'http://[::1]:81/'],
    [{ port: 81 }, { ':authority': 'a:80,a:80' }, 'http://a:80,a:81/'],
    [{ port: 81 }, { ':authority': 'a:b' }, 'http://a:81/'],
    [{ path: '/n' }, { ':path': '/a?b' }, 'http://host/n?b'],
    [{ path: '/n?c', stripQuery: true }, { ':path': '/a?b' }, 'http://host/n?c'],
    [{ stripQuery: true }, { ':path': '/a?b' }, 'http://host/a'],
    [{ path: 'n' }, { ':path': '/a?b' }, 'http://host/n?b'],
  ];
  for (const [target, headers, uri] of cases) {
    assert.equal(redirectUri({ ...UNCHANGED, ...target }, request(headers)), uri);
  }
});

test('a port stands after the last colon, outside of brackets, whatever it is', () => {
  const cases: readonly (readonly [string, number])[] = [
    ['a:80', 1],
    ['a', -1],
    ['a:', 1],
    ['a:x', 1],
    ['[::1]', -1],
    ['[::1]:80', 5],
    ['::1', 1],
    ['a:65536', 1],
  ];
  for (const [host, start] of cases) assert.equal(portStart(host), start, host);
});

test('query and fragment begin at the first of their characters, in paths of any length', () => {
  for (let length = 0; length < 40; length++) {
    const plain = '/'.repeat(length);
    assert.deepEqual([queryStart(plain), fragmentStart(plain)], [length, -1]);
    for (let at = 0; at < length; at++) {
      const rest = plain.slice(at + 1);
      const [query, fragment] = [`${plain.slice(0, at)}?${rest}`, `${plain.slice(0, at)}#${rest}`];
      assert.deepEqual([queryStart(query), fragmentStart(query)], [at, -1]);
      assert.deepEqual([queryStart(fragment), fragmentStart(fragment)], [at, at]);
      assert.deepEqual([queryStart(`${query}#`), fragmentStart(`${query}#`)], [at, length]);
      assert.deepEqual([queryStart(`${fragment}?`), fragmentStart(`${fragment}?`)], [at, at]);
    }
  }
});

test('paths are rewritten by prefix, expression or format, hosts as well', () => {
  const path = { ':path': '/a/b?q' };
  assert.equal(rewritten({ prefix_rewrite: '/n/' }, path, { prefix: '/a/' }).path, '/n/b?q');
  const regex = { pattern: { regex: '/(\\w)/(\\w)' }, substitution: '/\\2/\\1' };
  assert.equal(rewritten({ regex_rewrite: regex }, path).path, '/b/a?q');
  assert.equal(rewritten({ regex_rewrite: regex }, { ':path': '/a/b?q=/c/d' }).path, '/b/a?q=/c/d', 'the query stays');
  const formatted = rewritten({ path_rewrite: '/n/%REQ(x)%' }, { ...path, x: '1' });
  assert.equal(formatted.path, '/n/1?q');
  assert.equal(formatted.get('x-envoy-original-path'), '/a/b?q');
  const host = rewritten({ host_rewrite_literal: 'new', append_x_forwarded_host: true }, {});
  assert.equal(host.host, 'new');
  assert.equal(host.get('x-envoy-original-host'), 'host');
  assert.equal(host.get('x-forwarded-host'), 'host');
  assert.equal(rewritten({ host_rewrite_header: 'x' }, { x: 'from.header' }).host, 'from.header');
  assert.equal(rewritten({ host_rewrite: 'h-%REQ(x)%' }, { x: '1' }).host, 'h-1');
  const fromPath = { pattern: { regex: '^/(.+)/.*$' }, substitution: '\\1.test' };
  assert.equal(rewritten({ host_rewrite_path_regex: fromPath }, path).host, 'a.test', 'without the query');
});

test('a redirect’s path may be rewritten by prefix or expression, its query stays', () => {
  const location = (redirect: Record<string, JsonInput>, match: JsonInput) => {
    const routes = new RouteTableHarness(routesOf([{ match, redirect }]));
    const headers = request({ ':path': '/a/b?q' });
    const entry = routes.find({ ':path': '/a/b?q' })?.directResponse;
    entry?.rewritePathHeader(headers, routes.streamInfo(), false);
    return [entry?.responseCode, entry?.newUri(headers, routes.streamInfo())];
  };
  assert.deepEqual(location({ prefix_rewrite: '/n/' }, { prefix: '/a/' }), [301, 'http://host/n/b?q']);
  const regex = { pattern: { regex: '/(\\w)/' }, substitution: '/\\1\\1/' };
  const seeOther = { regex_rewrite: regex, response_code: 'SEE_OTHER' };
  assert.deepEqual(location(seeOther, { prefix: '/' }), [303, 'http://host/aa/b?q']);
  const toNothing = { regex_rewrite: { pattern: { regex: '.*' }, substitution: '' } };
  assert.deepEqual(location(toNothing, { prefix: '/' }), [301, 'http://host/a/b?q'], 'unless nothing is left');
  assert.deepEqual(location({ path_rewrite: 'n?%PROTOCOL%' }, { prefix: '/' }), [301, 'http://host/n?']);
});

test('an empty value is added where it is to be kept; the host and pseudo headers are nobody’s to change', () => {
  const empty = (keep: boolean) => ({ header: { key: 'x', value: '%REQ(none)%' }, keep_empty_value: keep });
  const sent = (option: JsonInput) => {
    const routes = new RouteTableHarness(
      routesOf([{ match: { prefix: '/' }, route: { cluster: 'u' } }], {
        request_headers_to_add: [option],
      }),
    );
    const headers = request();
    routes.find()?.routeEntry?.finalizeRequestHeaders(headers, routes.streamInfo(), true);
    return headers.get('x');
  };
  assert.deepEqual([sent(empty(true)), sent(empty(false))], ['', undefined]);
  for (const key of ['host', 'Host', ':path']) {
    const changes = { request_headers_to_add: [add(key, 'v')], response_headers_to_remove: [key] };
    const { problems } = readRouteConfig(routesOf([], changes));
    assert.equal(
      problems.filter((text) => /:-prefixed or host headers may not be (modified|removed)/.test(text)).length,
      2,
      key,
    );
  }
});

test('a cluster is named by a header of the request', () => {
  const routes = new RouteTableHarness(routesOf([{ match: { prefix: '/' }, route: { cluster_header: 'X-To' } }]));
  assert.equal(routes.target({ 'x-to': 'u' }), 'u');
  assert.equal(routes.target({ 'x-to': 'u\nv' }), 'u', 'the first value');
  assert.equal(routes.target(), '');
});

test('headers are removed, then overwritten, then added, from the route outwards', () => {
  const config = {
    virtual_hosts: [
      {
        name: 'v',
        domains: ['*'],
        routes: [
          {
            match: { prefix: '/' },
            route: { cluster: 'u' },
            response_headers_to_add: [add('x', 'route'), add('set', 'route', 'OVERWRITE_IF_EXISTS_OR_ADD')],
          },
        ],
        response_headers_to_add: [add('x', 'vhost'), add('set', 'vhost', 'OVERWRITE_IF_EXISTS_OR_ADD')],
        response_headers_to_remove: ['gone'],
      },
    ],
    response_headers_to_add: [add('absent', 'no', 'ADD_IF_ABSENT'), add('there', 'no', 'OVERWRITE_IF_EXISTS')],
  };
  const finalize = (json: JsonInput) => {
    const routes = new RouteTableHarness(json);
    const headers = ResponseHeaders.of([
      [':status', '200'],
      ['gone', '1'],
      ['absent', 'yes'],
    ]);
    routes.find()?.routeEntry?.finalizeResponseHeaders(headers, request(), routes.streamInfo());
    return [...headers.entries()].map(([name, value]) => `${name}=${value}`).slice(1);
  };
  assert.deepEqual(finalize(config), ['absent=yes', 'x=route', 'set=vhost', 'x=vhost']);
  const reversed = { ...config, most_specific_header_mutations_wins: true };
  assert.deepEqual(finalize(reversed), ['absent=yes', 'x=vhost', 'set=route', 'x=route']);
});

test('hash policies hash what they name, and set a cookie when asked to', () => {
  const hashOf = (policies: JsonInput, headers: Record<string, string>) => {
    const routes = new RouteTableHarness(
      routesOf([{ match: { prefix: '/' }, route: { cluster: 'u', hash_policy: policies } }]),
    );
    const cookies: string[] = [];
    const hash = routes.find(headers)?.routeEntry?.hashPolicy?.generateHash({
      headers: request(headers),
      streamInfo: routes.streamInfo(),
      addSetCookie: (value) => cookies.push(value),
    });
    return { hash, cookies };
  };
  const header = [{ header: { header_name: 'X' } }];
  assert.equal(hashOf(header, {}).hash, undefined);
  assert.equal(hashOf(header, { x: 'a\nb' }).hash, hashOf(header, { x: 'b\na' }).hash);
  assert.equal(
    hashOf(header, { x: 'a' }).hash,
    hashOf([{ query_parameter: { name: 'q' } }], { ':path': '/?q=a' }).hash,
  );
  const terminal = [{ header: { header_name: 'x' }, terminal: true }, { connection_properties: { source_ip: true } }];
  assert.equal(hashOf(terminal, { x: 'a' }).hash, hashOf(header, { x: 'a' }).hash);
  assert.notEqual(hashOf(terminal, {}).hash, undefined);
  const cookie = [{ cookie: { name: 'c', ttl: '5s', path: '/p', attributes: [{ name: 'SameSite', value: 'Lax' }] } }];
  const made = hashOf(cookie, {});
  assert.match(made.cookies[0] ?? '', /^c="[0-9a-f]{16}"; Max-Age=5; Path=\/p; SameSite=Lax; HttpOnly$/);
  const value = made.cookies[0]?.slice(3, 19) ?? '';
  assert.deepEqual(hashOf(cookie, { cookie: `c=${value}` }), { hash: made.hash, cookies: [] });
});

test('configuration of a filter is found at the nearest level', () => {
  const type = 'type.googleapis.com/envoy.extensions.filters.http.buffer.v3.BufferPerRoute';
  const limit = (bytes: number) => ({ buffer: { '@type': type, buffer: { max_request_bytes: bytes } } });
  const off = { buffer: { '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig', disabled: true } };
  const routes = new RouteTableHarness(
    routesOf(
      [
        { match: { prefix: '/own' }, route: { cluster: 'u' }, typed_per_filter_config: limit(1) },
        { match: { prefix: '/off' }, route: { cluster: 'u' }, typed_per_filter_config: off },
        { match: { prefix: '/' }, route: { cluster: 'u' } },
      ],
      { typed_per_filter_config: limit(2) },
    ),
  );
  const bytesAt = (path: string) => {
    const config = routes.find({ ':path': path })?.perFilterConfig('buffer') as { maxRequestBytes: number } | undefined;
    return config?.maxRequestBytes;
  };
  assert.equal(bytesAt('/own'), 1);
  assert.equal(bytesAt('/'), 2);
  assert.equal(routes.find({ ':path': '/own' })?.perFilterConfigs('buffer').length, 2);
  assert.equal(routes.find({ ':path': '/off' })?.filterDisabled('buffer'), true);
  assert.equal(routes.find()?.filterDisabled('other'), undefined);
  // A filter that is off by default runs where it is configured.
  assert.equal(routes.find()?.filterDisabled('buffer'), false);
});

test('what cannot be is refused with Envoy’s words', () => {
  const problemOf = (route: JsonInput, virtualHost: Record<string, JsonInput> = {}) =>
    readRouteConfig(routesOf([route], virtualHost)).problems.join('\n');
  const to = (action: Record<string, JsonInput>) => problemOf({ match: { prefix: '/' }, route: action });
  assert.match(
    to({ cluster: 'u', upgrade_configs: [{ upgrade_type: 'a' }, { upgrade_type: 'A' }] }),
    /Duplicate upgrade A/,
  );
  assert.match(
    to({ cluster: 'u', prefix_rewrite: '/a', regex_rewrite: { pattern: { regex: 'a' }, substitution: '' } }),
    /Specify only one of prefix_rewrite, regex_rewrite or path_rewrite_policy/,
  );
  assert.match(
    to({ weighted_clusters: { clusters: [{ name: 'a', weight: 0 }] } }),
    /Sum of weights in the weighted_cluster must be greater than 0\./,
  );
  assert.match(
    problemOf({ match: { prefix: '/' }, direct_response: { status: 200, body: { inline_string: 'x'.repeat(4097) } } }),
    /response body size is 4097 bytes; maximum is 4096/,
  );
  const nothing = { cors: { '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig' } };
  assert.match(
    problemOf({ match: { prefix: '/' }, route: { cluster: 'u' } }, { typed_per_filter_config: nothing }),
    /Empty route\/virtual host per filter configuration for cors filter/,
  );
  assert.match(
    problemOf({ match: { prefix: '/' }, route: { cluster: 'u' } }, { virtual_clusters: [{ name: 'c' }] }),
    /virtual clusters must define 'headers'/,
  );
});

test('a tree of matchers leads to routes, which have their own match', () => {
  const route = (cluster: string) => ({
    name: 'route',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.config.route.v3.Route',
      match: { prefix: '/a' },
      route: { cluster },
    },
  });
  const input = {
    name: 'header',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput',
      header_name: 'x',
    },
  };
  const matcher = {
    matcher_tree: { input, exact_match_map: { map: { '1': { action: route('one') } } } },
    on_no_match: { action: route('other') },
  };
  const routes = new RouteTableHarness(routesOf([], { matcher }));
  assert.equal(routes.target({ ':path': '/a', x: '1' }), 'one');
  assert.equal(routes.target({ ':path': '/a', x: '2' }), 'other');
  assert.equal(routes.target({ ':path': '/b', x: '1' }), undefined);
  const both = routesOf([{ match: { prefix: '/' }, route: { cluster: 'u' } }], { matcher });
  assert.match(readRouteConfig(both).problems.join(), /cannot set both matcher and routes on virtual host/);
});
