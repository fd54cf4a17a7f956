import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FilterStateObject } from '../../../sdk/stream-info.ts';
import { RouteTableHarness, readRouteConfig, request, routesOf } from '../../../test/harness/route-table.ts';
import { IpAddress } from '../network/address.ts';
import type { JsonInput } from '../proto/json-value.ts';

const to = (cluster: string, match: JsonInput) => ({ match, route: { cluster } });

test('the first route whose path matches is taken', () => {
  const routes = new RouteTableHarness(
    routesOf([
      to('exact', { path: '/a' }),
      to('lower', { path: '/CASE', case_sensitive: false }),
      to('separated', { path_separated_prefix: '/sep' }),
      to('regex', { safe_regex: { regex: '/r/[0-9]+' } }),
      to('prefix', { prefix: '/a/' }),
      to('tunnel', { connect_matcher: {} }),
      to('rest', { prefix: '/a' }),
    ]),
  );
  const cases: readonly (readonly [path: string, cluster: string | undefined])[] = [
    ['/a', 'exact'],
    ['/a?b', 'exact'],
    ['/case', 'lower'],
    ['/sep', 'separated'],
    ['/sep/x', 'separated'],
    ['/sep?x', 'separated'],
    ['/separate', undefined],
    ['/r/12', 'regex'],
    ['/r/12?x', 'regex'],
    ['/r/12/x', undefined],
    ['/a/b', 'prefix'],
    ['/ab', 'rest'],
    ['/b', undefined],
  ];
  for (const [path, cluster] of cases) assert.equal(routes.target({ ':path': path }), cluster, path);
  assert.equal(routes.target({ ':method': 'CONNECT', ':path': '' }), 'tunnel');
});

test('path parameters are left out where the configuration says so', () => {
  const config = routesOf([to('a', { path: '/a' })]) as Record<string, JsonInput>;
  assert.equal(new RouteTableHarness(config).target({ ':path': '/a;x=1' }), undefined);
  const ignoring = new RouteTableHarness({ ...config, ignore_path_parameters_in_path_matching: true });
  assert.equal(ignoring.target({ ':path': '/a;x=1?y' }), 'a');
  const deeper = {
    ...(routesOf([to('b', { path: '/a/b' })]) as Record<string, JsonInput>),
    ignore_path_parameters_in_path_matching: true,
  };
  assert.equal(new RouteTableHarness(deeper).target({ ':path': '/a;x=1/b;y' }), 'b', 'of each segment');
});

test('all conditions of a route must hold', () => {
  const routes = new RouteTableHarness(
    routesOf([
      to('header', { prefix: '/', headers: [{ name: 'x', string_match: { exact: 'b' } }] }),
      to('query', { prefix: '/', query_parameters: [{ name: 'q', string_match: { exact: '1' } }] }),
      to('cookie', { prefix: '/', cookies: [{ name: 'c', string_match: { exact: 'v' } }] }),
      to('grpc', { prefix: '/', grpc: {} }),
      to('tls', { prefix: '/', tls_context: { presented: true } }),
      to('half', { prefix: '/', runtime_fraction: { default_value: { numerator: 50 }, runtime_key: 'half' } }),
      to('rest', { prefix: '/' }),
    ]),
  );
  assert.equal(routes.target({ x: 'a\nb' }), 'header');
  assert.equal(routes.target({ ':path': '/?a&q=1&q=2' }), 'query');
  assert.equal(routes.target({ cookie: 'b=v; c="v"' }), 'cookie');
  assert.equal(routes.target({ cookie: 'c=w; c=v' }, 60), 'rest');
  assert.equal(routes.target({ 'content-type': 'application/grpc+proto' }), 'grpc');
  assert.equal(routes.target({ 'content-type': 'application/grpc-web' }, 60), 'rest');
  assert.equal(routes.target({}, 49), 'half');
  assert.equal(routes.target({}, 50), 'rest');
  routes.setRuntime({ half: 100 });
  assert.equal(routes.target({}, 99), 'half');
});

test('weights are drawn by the random number, a header, or the runtime', () => {
  const clusters = [
    { name: 'a', weight: 30 },
    { name: 'b', weight: 60 },
    { cluster_header: 'x-c', weight: 10 },
  ];
  const weighted = (more: Record<string, JsonInput>) =>
    new RouteTableHarness(routesOf([{ match: { prefix: '/' }, route: { weighted_clusters: { clusters, ...more } } }]));
  const plain = weighted({});
  const drawn = [0, 29, 30, 89, 90, 130].map((random) => plain.target({ 'x-c': 'c' }, random));
  assert.deepEqual(drawn, ['a', 'a', 'b', 'b', 'c', 'b']);
  const seeded = weighted({ header_name: 'X-Seed' });
  assert.equal(seeded.target({ 'x-seed': '18446744073709551520' }, 0), 'a');
  assert.equal(seeded.target({ 'x-seed': '145' }, 0), 'b');
  assert.equal(seeded.target({ 'x-seed': 'junk' }, 95), '');
  const keyed = weighted({ runtime_key_prefix: 'w' });
  keyed.setRuntime({ 'w.a': 0, 'w.b': 1, 'w.': 0 });
  assert.equal(keyed.target({}, 5), 'b');
});

test('without TLS where TLS is required, the client is sent to https', () => {
  const strict = new RouteTableHarness(routesOf([to('a', { prefix: '/' })], { require_tls: 'ALL' }));
  assert.equal(strict.target({ 'x-envoy-internal': 'true' }), '301');
  assert.equal(strict.target({ 'x-forwarded-proto': 'https' }), 'a');
  const external = new RouteTableHarness(routesOf([to('a', { prefix: '/' })], { require_tls: 'EXTERNAL_ONLY' }));
  assert.equal(external.target({ 'x-envoy-internal': 'true' }), 'a');
  assert.equal(external.target(), '301');
});

test('virtual clusters are found by headers and keep statistics of their own', () => {
  const routes = new RouteTableHarness(
    routesOf([to('a', { prefix: '/' })], {
      virtual_clusters: [{ name: 'posts', headers: [{ name: ':method', string_match: { exact: 'POST' } }] }],
    }),
  );
  const entry = routes.find()?.routeEntry;
  entry?.virtualCluster(request({ ':method': 'POST' }))?.stats.upstreamRqTotal.inc();
  // Its statistics are those of `other`, access logs tell no name.
  assert.equal(entry?.virtualCluster(request())?.name, '');
  assert.equal(routes.store.createScope('vhost.v.vcluster').counter('posts.upstream_rq_total').value, 1);
});

test('a cluster named outright is told of, with Envoy’s word for its place', () => {
  const { config } = readRouteConfig(
    routesOf([
      to('a', { prefix: '/a' }),
      {
        match: { prefix: '/b' },
        route: {
          weighted_clusters: { clusters: [{ name: 'b', weight: 1 }] },
          request_mirror_policies: [{ cluster: 'm' }],
        },
      },
    ]),
  );
  assert.deepEqual(
    config.clusters.map(({ name, kind }) => `${kind} ${name}`),
    ['cluster a', 'shadow cluster m', 'weighted cluster b'],
  );
});

test('what Envoy has no extension for is refused in its words', () => {
  const typed = { name: 'x', typed_config: { '@type': 'type.googleapis.com/envoy.config.route.v3.RouteList' } };
  const none = /Didn't find a registered implementation for 'x' with type URL: 'envoy\.config\.route\.v3\.RouteList'/;
  const refused: readonly (readonly [JsonInput, RegExp])[] = [
    [{ cluster: 'a', retry_policy: { retry_options_predicates: [typed] } }, none],
    [{ inline_cluster_specifier_plugin: { extension: typed } }, none],
    [{ cluster_specifier_plugin: 'x' }, /Unknown cluster specifier plugin name: x is used in the route/],
  ];
  for (const [route, words] of refused) {
    const { problems } = readRouteConfig(routesOf([{ match: { prefix: '/' }, route }]));
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', words);
  }
  const { problems } = readRouteConfig({ route_specifiers: [typed] });
  assert.match(problems.join(), /Didn't find a registered route specifier implementation for 'x'/);
});

test('vhost_header chooses the virtual host instead of the host', () => {
  const host = (name: string, domain: string) => ({ name, domains: [domain], routes: [to(name, { prefix: '/' })] });
  const routes = new RouteTableHarness({
    virtual_hosts: [host('a', 'a.test'), host('b', '*.b.test')],
    vhost_header: 'X-Host',
  });
  assert.equal(routes.target({ 'x-host': 'A.test\nc.b.test' }), 'a');
  assert.equal(routes.target({ 'x-host': 'c.b.test' }), 'b');
  assert.equal(routes.target({ ':authority': 'a.test' }), undefined);
});

test('filter state is matched as text and as an address', () => {
  const ranges = [{ address_prefix: '10.0.0.0', prefix_len: 8 }];
  const routes = new RouteTableHarness(
    routesOf([
      to('text', { prefix: '/', filter_state: [{ key: 'k', string_match: { prefix: 'v' } }] }),
      to('inside', { prefix: '/', filter_state: [{ key: 'k', address_match: { ranges } }] }),
      to('outside', { prefix: '/', filter_state: [{ key: 'k', address_match: { ranges, invert_match: true } }] }),
      to('rest', { prefix: '/' }),
    ]),
  );
  const target = (object: FilterStateObject | undefined) => {
    const streamInfo = routes.streamInfo();
    if (object !== undefined) streamInfo.filterState.set('k', object);
    return routes.route(request(), streamInfo)?.routeEntry?.clusterName;
  };
  assert.equal(target({ serializeAsString: () => 'value' }), 'text');
  assert.equal(target({ serializeAsString: () => 'other' }), 'rest');
  assert.equal(target({ address: IpAddress.parse('10.1.1.1', 0) }), 'inside');
  assert.equal(target({ address: IpAddress.parse('11.1.1.1', 0) }), 'outside');
  assert.equal(target(undefined), 'rest');
});

test('a further attempt goes to a weighted cluster that has not been tried', () => {
  const clusters = ['a', 'b', 'c'].map((name) => ({ name, weight: 1 }));
  const routes = new RouteTableHarness(
    routesOf([{ match: { prefix: '/' }, route: { weighted_clusters: { clusters } } }]),
  );
  const again = { headers: request(), streamInfo: routes.streamInfo(), random: 1, runtime: routes.runtime };
  let next = routes.find({}, 1);
  const visited: (string | undefined)[] = [];
  for (let i = 0; i < 4; i++) {
    visited.push(next?.routeEntry?.clusterName);
    next = next?.routeEntry?.refreshed(again);
  }
  assert.deepEqual(visited, ['b', 'c', 'a', 'b']);
});
