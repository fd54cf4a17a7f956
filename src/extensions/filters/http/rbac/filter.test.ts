import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runHttpFilterCompliance } from '../../../../../sdk/testing/index.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { filterContext } from '../../../../../test/harness/filter-context.ts';
import { HttpManagerHarness, testRoute } from '../../../../../test/harness/http-manager.ts';
import { TerminalFilters } from '../../../../../test/harness/terminal-filter.ts';
import type { RbacConfig } from '../../common/rbac/http-judge.ts';
import { rbac } from './index.ts';

const TYPE = 'envoy.extensions.filters.http.rbac.v3.RBAC';
const { read } = configReader([rbac]);
const any = { any: true };

function parse(json: object): RbacConfig {
  const { config, problems } = read(TYPE, json as never);
  assert.deepEqual(problems, []);
  return config as RbacConfig;
}

function start(json: object, perRoute?: RbacConfig) {
  const context = filterContext();
  const terminals = new TerminalFilters();
  const http = new HttpManagerHarness([rbac.createFilterFactory(parse(json), context), terminals.create]);
  http.route = testRoute({ perFilterConfig: () => perRoute });
  const ask = (headers: Record<string, string> = {}) => {
    const stream = http.request(headers);
    if (stream.headers === undefined) terminals.last.respond(200);
    return stream.headers?.status;
  };
  const info = () => http.logged.at(-1)?.info;
  return { ask, info, counter: (name: string) => context.scope.counter(`http.test.rbac.${name}`).value };
}

const policies = (permission: object, principal: object = any) => ({
  policies: { it: { permissions: [permission], principals: [principal] } },
});
const header = { header: { name: 'x', string_match: { exact: '1' } } };

test('what no policy allows is answered with 403 and told why', () => {
  const { ask, info, counter } = start({ rules: policies(header) });
  assert.deepEqual([ask({ x: '1' }), ask({ x: '2' })], [200, 403]);
  assert.equal(info()?.responseCodeDetails, 'rbac_access_denied_matched_policy[none]');
  assert.deepEqual(info()?.dynamicMetadata('envoy.filters.http.rbac'), { enforced_engine_result: 'denied' });
  assert.deepEqual([counter('allowed'), counter('denied')], [1, 1]);
});

test('a policy that denies says its name', () => {
  const rules = { action: 'DENY', policies: { 'no x': { permissions: [header], principals: [any] } } };
  const { ask, info } = start({ rules });
  assert.deepEqual([ask(), ask({ x: '1' })], [200, 403]);
  assert.equal(info()?.responseCodeDetails, 'rbac_access_denied_matched_policy[no_x]');
});

test('shadowed rules and those that log let through', () => {
  const shadow = start({ shadow_rules: policies(header), shadow_rules_stat_prefix: 's' });
  assert.deepEqual([shadow.ask(), shadow.counter('s.shadow_denied')], [200, 1]);
  const log = start({ rules: { action: 'LOG', ...policies(header) } });
  assert.equal(log.ask({ x: '1' }), 200);
  assert.deepEqual(log.info()?.dynamicMetadata('envoy.common'), { access_log_hint: true });
});

test('permissions and principals of each kind', () => {
  const allows = (permission: object, principal: object, headers: Record<string, string> = {}) =>
    start({ rules: policies(permission, principal) }).ask(headers) === 200;
  const path = { url_path: { path: { exact: '/a' } } };
  assert.equal(allows(path, any, { ':path': '/a?q' }), true);
  assert.equal(allows({ not_rule: path }, any, { ':path': '/a' }), false);
  assert.equal(allows({ and_rules: { rules: [path, header] } }, any, { ':path': '/a', x: '1' }), true);
  assert.equal(allows({ or_rules: { rules: [path, header] } }, any, { x: '1' }), true);
  assert.equal(allows(any, { authenticated: {} }), false);
  assert.equal(allows(any, { remote_ip: { address_prefix: '0.0.0.0', prefix_len: 0 } }), true);
  assert.equal(allows(any, { not_id: { direct_remote_ip: { address_prefix: '0.0.0.0', prefix_len: 0 } } }), false);
  assert.equal(allows({ destination_port_range: { start: 1, end: 65536 } }, any), true);
});

test("a route's rules stand in for the filter's, none switch it off", () => {
  assert.equal(start({ rules: {} }, parse({})).ask(), 200);
  assert.equal(start({}, parse({ rules: {} })).ask(), 403);
});

const identifier = (name: string) => ({ identExpr: { name } });
const field = (operand: object, name: string) => ({ selectExpr: { operand, field: name } });
const equals = (left: object, text: string) => ({
  callExpr: { function: '_==_', args: [left, { constExpr: { stringValue: text } }] },
});

test('a policy holds under its condition; what cannot be evaluated does not hold', () => {
  const under = (condition: object) => ({
    rules: { policies: { it: { permissions: [any], principals: [any], condition } } },
  });
  const isGet = start(under(equals(field(identifier('request'), 'method'), 'GET')));
  assert.deepEqual([isGet.ask(), isGet.ask({ ':method': 'PUT' })], [200, 403]);
  assert.equal(start(under(equals(field(identifier('response'), 'code_details'), 'x'))).ask(), 403);
  const { problems } = read(TYPE, under({}) as never);
  assert.match(problems.join(), /condition: failed to create an expression: Invalid empty expression/);
});

test('a matcher or a principal that no extension is of is refused', () => {
  const fault = (json: object) => read(TYPE, json as never).problems.join();
  const named = { name: 'm', typed_config: { '@type': `type.googleapis.com/${TYPE}` } };
  assert.match(fault({ rules: policies({ matcher: named }) }), /Didn't find a registered implementation for 'm'/);
  assert.match(fault({ rules: policies(any, { custom: named }) }), /Didn't find a registered implementation for 'm'/);
});

runHttpFilterCompliance([
  { name: 'rbac that allows', createFilter: rbac.createFilterFactory(parse({}), filterContext()) },
  { name: 'rbac that denies', createFilter: rbac.createFilterFactory(parse({ rules: {} }), filterContext()) },
]);
