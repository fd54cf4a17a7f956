import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RouteTableHarness, readRouteConfig, routesOf } from '../../../test/harness/route-table.ts';
import type { JsonInput } from '../proto/json-value.ts';
import { PathMatcher } from './path-matcher.ts';
import { RouteIndex } from './route-index.ts';

const literal = (kind: 'prefix' | 'path', text: string, ignoreCase = false) =>
  new PathMatcher(kind, text, ignoreCase, undefined, undefined);

test('only routes that can match are named, in their order', () => {
  const matchers = [
    literal('prefix', '/b'),
    literal('path', '/a/x'),
    new PathMatcher('regex', '', false, undefined, undefined),
    literal('prefix', '/a/'),
    literal('prefix', '/A', true),
    literal('prefix', '/'),
    literal('prefix', '/a/'),
  ];
  const index = RouteIndex.of(matchers);
  assert.deepEqual(index?.candidates('/a/x'), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(index?.candidates('/c'), [2, 4, 5]);
  assert.deepEqual(index?.candidates(''), [2, 4]);
});

test('routes that are no literals have no index', () => {
  const regex = new PathMatcher('regex', '', false, undefined, undefined);
  assert.equal(RouteIndex.of([regex, regex, literal('path', '/')]), undefined);
  const lengths = Array.from({ length: 100 }, (_, i) => literal('prefix', 'x'.repeat(i)));
  assert.equal(RouteIndex.of(lengths), undefined);
});

test('a long list of routes answers as a short one does', () => {
  const filler = Array.from({ length: 30 }, (_, i) => ({
    match: { prefix: `/filler/${i}/` },
    route: { cluster: `f${i}` },
  }));
  const to = (cluster: string, match: JsonInput) => ({ match, route: { cluster } });
  const routes = new RouteTableHarness(
    routesOf([
      ...filler,
      to('header', { prefix: '/a', headers: [{ name: 'x', present_match: true }] }),
      to('separated', { path_separated_prefix: '/a/b' }),
      to('case', { path: '/LOWER', case_sensitive: false }),
      to('regex', { safe_regex: { regex: '/a/.*z' } }),
      to('tunnel', { connect_matcher: {} }),
      to('rest', { prefix: '/a' }),
    ]),
  );
  const cases: readonly (readonly [path: string, cluster: string | undefined])[] = [
    ['/filler/7/x', 'f7'],
    ['/a/b', 'separated'],
    ['/a/bc', 'rest'],
    ['/a/cz', 'regex'],
    ['/lower', 'case'],
    ['/other', undefined],
  ];
  for (const [path, cluster] of cases) assert.equal(routes.target({ ':path': path }), cluster, path);
  assert.equal(routes.target({ ':path': '/a/b', x: '1' }), 'header');
  assert.equal(routes.target({ ':method': 'CONNECT', ':path': '' }), 'tunnel');
});

test('a very long list of routes answers as a short one does, whoever reads it', () => {
  const many = Array.from({ length: 2000 }, (_, i) => ({
    match: { prefix: `/many/${i}/${'x'.repeat(i % 100)}` },
    route: { cluster: `m${i}` },
    ...(i === 9 ? { stat_prefix: 'nine' } : {}),
  }));
  const special = [
    { match: { safe_regex: { regex: '/many/7/.*' } }, route: { cluster: 'regex' } },
    { match: { prefix: '/many/5/', headers: [{ name: 'x' }] }, route: { cluster: 'header' } },
  ];
  const last = { match: { prefix: '/' }, route: { cluster: 'last' } };
  for (const isChecked of [false, true]) {
    const routes = new RouteTableHarness(routesOf([...special, ...many, last]), isChecked);
    for (const [path, cluster] of [
      ['/many/1999/' + 'x'.repeat(99), 'm1999'],
      ['/many/1999/x', 'last'],
      ['/many/7/xxxxxxx', 'regex'],
      ['/many/5/xxxxx', 'm5'],
      ['/many/5/xxxxx', 'm5'],
    ] as const) {
      assert.equal(routes.target({ ':path': path }), cluster);
    }
    assert.equal(routes.target({ ':path': '/many/5/xxxxx', x: '1' }), 'header');
    assert.ok(routes.counterNames().includes('vhost.v.route.nine.upstream_rq_retry'));
  }
});

test('faults of a very long list are found when it is read, and only then', () => {
  const many = Array.from({ length: 300 }, (_, i) => ({ match: { prefix: `/${i}` }, route: { cluster: 'c' } }));
  const bad = { match: { prefix: '/bad' }, route: { cluster_specifier_plugin: 'none' } };
  const json = routesOf([...many, bad]);
  assert.deepEqual(readRouteConfig(json).problems, [
    'virtual_hosts[0].routes[300].route: Unknown cluster specifier plugin name: none is used in the route',
  ]);
  assert.deepEqual(readRouteConfig(json, true).problems, []);
  assert.throws(() => new RouteTableHarness(json, true).target({ ':path': '/bad' }), /Unknown cluster specifier/);
});
