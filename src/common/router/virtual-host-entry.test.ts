import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RouteTableHarness, readRouteConfig } from '../../../test/harness/route-table.ts';
import type { JsonInput } from '../proto/json-value.ts';

const FILTER_CONFIG = 'type.googleapis.com/envoy.config.route.v3.FilterConfig';
const RATE_LIMIT = 'type.googleapis.com/envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit';
const BUCKET = { max_tokens: 1, fill_interval: '1s' };

const hosts = 1000;
const virtualHost = (at: number, more: Record<string, JsonInput> = {}) => ({
  name: `h${at}`,
  domains: [`h${at}.test`],
  routes: [{ match: { prefix: '/' }, route: { cluster: `c${at}` } }],
  ...more,
});
/** Many hosts, the one numbered 7 with something more. */
const many = (more: Record<string, JsonInput> = {}) => ({
  virtual_hosts: Array.from({ length: hosts }, (_, at) => virtualHost(at, at === 7 ? more : {})),
});

for (const [checked, who] of [
  [false, 'who checks it'],
  [true, 'who need not'],
] as const) {
  test(`a large table serves each of its hosts: ${who}`, () => {
    const routes = new RouteTableHarness(many(), checked);
    for (const at of [0, 7, 7, hosts - 1]) assert.equal(routes.target({ ':authority': `h${at}.test` }), `c${at}`);
    assert.equal(routes.target({ ':authority': 'other.test' }), undefined);
  });

  test(`what filters’ configurations count is there from the start, of whatever level: ${who}`, () => {
    const typed = (name: string) => ({ '@type': RATE_LIMIT, stat_prefix: name, token_bucket: BUCKET });
    const per = (config: JsonInput) => ({ typed_per_filter_config: { rl: config } });
    const route = (name: string, action: Record<string, JsonInput>) => ({ match: { prefix: name }, ...action });
    const more = {
      ...per(typed('host')),
      routes: [
        route('/a', { route: { cluster: 'a' }, ...per(typed('route')) }),
        route('/b', { route: { cluster: 'a' }, ...per({ '@type': FILTER_CONFIG, config: typed('wrapped') }) }),
        route('/c', {
          route: { weighted_clusters: { clusters: [{ name: 'a', weight: 1, ...per(typed('weighted')) }] } },
        }),
        ...Array.from({ length: hosts }, (_, i) =>
          route(`/${i}`, { route: { cluster: 'a' }, ...(i === 500 && per(typed('among'))) }),
        ),
      ],
    };
    const routes = new RouteTableHarness({ ...many(more), ...per(typed('table')) }, checked);
    const names = routes.counterNames().filter((name) => name.endsWith('.enabled'));
    const expected = ['table', 'host', 'route', 'wrapped', 'weighted', 'among'];
    assert.deepEqual(names.sort(), expected.map((name) => `${name}.http_local_rate_limit.enabled`).sort());
  });

  test(`what its hosts count is there from the start: ${who}`, () => {
    const more = {
      virtual_clusters: [{ name: 'posts', headers: [{ name: ':method', string_match: { exact: 'POST' } }] }],
      routes: [{ match: { prefix: '/' }, route: { cluster: 'a' }, stat_prefix: 'all' }],
    };
    const names = new RouteTableHarness(many(more), checked).counterNames();
    assert.ok(names.includes('vhost.h7.vcluster.posts.upstream_rq_retry'));
    assert.ok(names.includes('vhost.h7.route.all.upstream_rq_retry'));
  });
}

test('faults of a large table are found when it is read, with their places, and its clusters are told of', () => {
  const bad = { routes: [{ match: { prefix: '/' }, route: { cluster_specifier_plugin: 'none' } }] };
  assert.deepEqual(readRouteConfig(many(bad)).problems, [
    'virtual_hosts[7].routes[0].route: Unknown cluster specifier plugin name: none is used in the route',
  ]);
  const { virtual_hosts: list } = many();
  assert.match(
    readRouteConfig({ virtual_hosts: [...list, virtualHost(3)] }).problems.join(),
    /^virtual_hosts\[1000\].domains\[0\]: .*h3\.test/,
  );
  const { config } = readRouteConfig(many());
  assert.equal(config.clusters.length, hosts);
});
