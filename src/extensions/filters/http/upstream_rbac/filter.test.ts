import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UpstreamHttpFilterContext } from '../../../../../sdk/extension.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { filterContext } from '../../../../../test/harness/filter-context.ts';
import { routesOf } from '../../../../../test/harness/route-table.ts';
import { RouterWorld } from '../../../../../test/harness/router-world.ts';
import type { RbacConfig } from '../../common/rbac/http-judge.ts';
import { UPSTREAM_ADDRESS } from '../../common/rbac/upstream-address.ts';
import { upstreamRbac } from './index.ts';

const { read } = configReader([upstreamRbac]);
const denyX = {
  action: 'DENY',
  policies: {
    it: { permissions: [{ header: { name: 'x', string_match: { exact: '1' } } }], principals: [{ any: true }] },
  },
};

function start(json: object, action = {}) {
  const { config, problems } = read('envoy.extensions.filters.http.rbac.v3.RBAC', json as never);
  assert.deepEqual(problems, []);
  const context: UpstreamHttpFilterContext = filterContext();
  const createFilter = upstreamRbac.createFilterFactory?.(config as RbacConfig, context) ?? (() => ({}));
  const { name } = upstreamRbac;
  const entry = { configName: name, filterName: name, createFilter, disabled: false };
  const routes = routesOf([{ match: { prefix: '/' }, route: { cluster: 'u', ...action } }]);
  const world = new RouterWorld(routes, { upstreamHttpFilters: [entry] });
  const info = () => world.http.logged.at(-1)?.info;
  return { world, info, counter: (of: string) => context.scope.counter(`http.test.rbac.${of}`).value };
}

test('what is denied is answered with 403 and gets no connection', () => {
  const { world, info, counter } = start({ rules: denyX });
  const stream = world.http.request({ x: '1' });
  assert.deepEqual([stream.headers?.status, stream.body], [403, 'RBAC: access denied']);
  assert.equal(world.u.streams.length, 0);
  assert.equal(info()?.responseCodeDetails, 'rbac_access_denied_matched_policy[it]');
  assert.deepEqual(info()?.dynamicMetadata('envoy.filters.http.upstream_rbac'), {
    enforced_engine_result: 'denied',
    enforced_effective_policy_id: 'it',
  });
  assert.deepEqual([counter('allowed'), counter('denied')], [0, 1]);
});

test('what is allowed goes on, and each attempt is judged by its own host', () => {
  const retry_policy = { retry_on: '5xx', num_retries: 1 };
  const { world, info, counter } = start({ rules: denyX }, { retry_policy });
  const stream = world.http.request();
  world.u.last.respond(503);
  world.http.time.advance(100);
  world.u.last.respond(200);
  assert.equal(stream.headers?.status, 200);
  assert.equal(counter('allowed'), 2);
  const address = info()?.filterState.get(UPSTREAM_ADDRESS)?.address;
  assert.equal(address, world.u.host.address);
});
