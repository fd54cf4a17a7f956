import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RouteTableHarness, readRouteConfig, request, routesOf } from '../../../../../test/harness/route-table.ts';

const typed = (type: string, fields: Record<string, string>) => ({
  name: 'x',
  typed_config: { '@type': `type.googleapis.com/envoy.extensions.path.${type}`, ...fields },
});
const routeOf = (template: string, rewrite: string) =>
  routesOf([
    {
      match: { path_match_policy: typed('match.uri_template.v3.UriTemplateMatchConfig', { path_template: template }) },
      route: {
        cluster: 'u',
        path_rewrite_policy: typed('rewrite.uri_template.v3.UriTemplateRewriteConfig', {
          path_template_rewrite: rewrite,
        }),
      },
    },
  ]);

test('variables go where the rewrite says, the query stays', () => {
  const routes = new RouteTableHarness(routeOf('/api/{user}/{rest=**}', '/{rest}/of/{user}'));
  const headers = request({ ':path': '/api/ann/a/b?q=1' });
  routes.find({ ':path': headers.path })?.routeEntry?.finalizeRequestHeaders(headers, routes.streamInfo(), true);
  assert.equal(headers.path, '/a/b/of/ann?q=1');
  assert.equal(headers.get('x-envoy-original-path'), '/api/ann/a/b?q=1');
});

test('a rewrite needs a template that has its variables', () => {
  const { problems } = readRouteConfig(routeOf('/{a}', '/{b}'));
  assert.match(
    problems.join(),
    /mismatch between variables in path_match_policy \/\{a\} and path_rewrite_policy \/\{b\}/,
  );
});
