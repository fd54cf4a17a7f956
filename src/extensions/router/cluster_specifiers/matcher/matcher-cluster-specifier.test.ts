import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RouteTableHarness, readRouteConfig, routesOf } from '../../../../../test/harness/route-table.ts';
import type { JsonInput } from '../../../../common/proto/json-value.ts';

const types = 'type.googleapis.com/envoy';
const action = (cluster: string) => ({
  action: {
    name: 'a',
    typed_config: { '@type': `${types}.extensions.router.cluster_specifiers.matcher.v3.ClusterAction`, cluster },
  },
});
const input = {
  name: 'h',
  typed_config: { '@type': `${types}.type.matcher.v3.HttpRequestHeaderMatchInput`, header_name: 'x' },
};
const plugin = (clusterMatcher: JsonInput) => ({
  extension: {
    name: 'p',
    typed_config: {
      '@type': `${types}.extensions.router.cluster_specifiers.matcher.v3.MatcherClusterSpecifier`,
      cluster_matcher: clusterMatcher,
    },
  },
});
const byHeader = (map: Record<string, JsonInput>, rest: Record<string, JsonInput> = {}) =>
  plugin({ matcher_tree: { input, exact_match_map: { map } }, ...rest });
const inline = (specifier: JsonInput) =>
  routesOf([{ match: { prefix: '/' }, route: { inline_cluster_specifier_plugin: specifier } }]);

test('the cluster is that in which the matcher ends', () => {
  const routes = new RouteTableHarness(inline(byHeader({ one: action('first') }, { on_no_match: action('rest') })));
  assert.equal(routes.target({ x: 'one' }), 'first');
  assert.equal(routes.target({ x: 'two' }), 'rest');
  const open = new RouteTableHarness(inline(byHeader({ one: action('first') })));
  assert.equal(open.target({}), '');
});

test('plugins of a route configuration are found by name, the first of two', () => {
  const table = {
    ...(routesOf([{ match: { prefix: '/' }, route: { cluster_specifier_plugin: 'p' } }]) as Record<string, JsonInput>),
    cluster_specifier_plugins: [plugin({ on_no_match: action('first') }), plugin({ on_no_match: action('other') })],
  };
  assert.equal(new RouteTableHarness(table).target({}), 'first');
});

test('an action that names no cluster is refused', () => {
  const routes = (match: JsonInput) => readRouteConfig(inline(byHeader({ one: match }))).problems.join();
  const list = { action: { name: 'a', typed_config: { '@type': `${types}.config.route.v3.RouteList` } } };
  assert.match(routes(list), /registered implementation for 'a' with type URL: 'envoy\.config\.route\.v3\.RouteList'/);
});
