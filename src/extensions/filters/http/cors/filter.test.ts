import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CorsPolicy, RouteEntry } from '../../../../../sdk/router.ts';
import { runHttpFilterCompliance } from '../../../../../sdk/testing/index.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { filterContext } from '../../../../../test/harness/filter-context.ts';
import { HttpManagerHarness, testRoute } from '../../../../../test/harness/http-manager.ts';
import { TerminalFilters } from '../../../../../test/harness/terminal-filter.ts';
import { cors } from './index.ts';

const TYPE = 'envoy.extensions.filters.http.cors.v3.CorsPolicy';
const NEVER = { default_value: { numerator: 0 } };
const ALWAYS = { default_value: { numerator: 100 } };
const { readPerRoute } = configReader([cors]);
type Json = Parameters<typeof readPerRoute>[1];

function policy(json: Json): CorsPolicy {
  const { config, problems } = readPerRoute(TYPE, json);
  assert.deepEqual(problems, []);
  return config as CorsPolicy;
}

/** @param levels least specific first, as routes give them */
function start(levels: readonly Json[], ofRoute: readonly CorsPolicy[] = []) {
  const context = filterContext();
  const terminals = new TerminalFilters();
  const http = new HttpManagerHarness([cors.createFilterFactory({}, context), terminals.create]);
  const routeEntry = { corsPolicies: ofRoute } as RouteEntry;
  const policies = levels.map(policy);
  http.route = testRoute({ routeEntry, perFilterConfigs: () => policies });
  const counter = (name: string) => context.scope.counter(`http.test.cors.${name}`).value;
  const ask = (headers: Record<string, string>) => {
    const stream = http.request(headers);
    if (stream.headers === undefined) terminals.last.respond(200);
    const names = ['origin', 'methods', 'headers', 'credentials', 'private-network'].map((name) => `allow-${name}`);
    const present = [...names, 'expose-headers', 'max-age'].flatMap((name) => {
      const value = stream.headers?.get(`access-control-${name}`);
      return value === undefined ? [] : [`${name}: ${value}`];
    });
    return [http.logged.at(-1)?.info.responseCodeDetails, ...present];
  };
  return { ask, counter };
}

const PREFLIGHT = {
  ':method': 'OPTIONS',
  'access-control-request-method': 'PUT',
  'access-control-request-headers': 'x',
};
const ORIGIN = [{ exact: 'http://a' }];

test('a response to an allowed origin says so; others are left alone', () => {
  const { ask, counter } = start([
    { allow_origin_string_match: ORIGIN, allow_credentials: true, expose_headers: 'x-e', allow_methods: 'GET' },
  ]);
  assert.deepEqual(ask({ origin: 'http://a' }), [
    'via_upstream',
    'allow-origin: http://a',
    'allow-credentials: true',
    'expose-headers: x-e',
  ]);
  assert.deepEqual(ask({ origin: 'http://b' }), ['via_upstream']);
  assert.deepEqual(ask({}), ['via_upstream']);
  assert.deepEqual([counter('origin_valid'), counter('origin_invalid')], [1, 1]);
});

test('a preflight is answered; of each field the most specific level that has it counts', () => {
  const { ask } = start([
    { allow_origin_string_match: ORIGIN, allow_methods: 'GET', allow_headers: '*', max_age: '9' },
    { allow_methods: '*', allow_private_network_access: true },
  ]);
  const expected = ['cors_response', 'allow-origin: http://a', 'allow-methods: PUT', 'allow-headers: x'];
  assert.deepEqual(ask({ ...PREFLIGHT, origin: 'http://a' }), [...expected, 'max-age: 9']);
  const asking = { ...PREFLIGHT, origin: 'http://a', 'access-control-request-private-network': 'true' };
  assert.deepEqual(ask(asking), [...expected, 'allow-private-network: true', 'max-age: 9']);
});

test('a preflight of another origin is forwarded, or answered with nothing', () => {
  const levels = { allow_origin_string_match: ORIGIN, allow_methods: 'GET' };
  assert.deepEqual(start([levels]).ask({ ...PREFLIGHT, origin: 'http://b' }), ['via_upstream']);
  const held = start([{ ...levels, forward_not_matching_preflights: false }]);
  assert.deepEqual(held.ask({ ...PREFLIGHT, origin: 'http://b' }), ['cors_response', 'allow-methods: GET']);
});

test('a policy that is off does nothing, one that is shadowed counts', () => {
  const off = start([{ allow_origin_string_match: ORIGIN, filter_enabled: NEVER }]);
  assert.deepEqual(off.ask({ origin: 'http://a' }), ['via_upstream']);
  assert.equal(off.counter('origin_valid'), 0);
  const shadow = start([{ allow_origin_string_match: ORIGIN, filter_enabled: NEVER, shadow_enabled: ALWAYS }]);
  assert.deepEqual(shadow.ask({ ...PREFLIGHT, origin: 'http://a' }), ['via_upstream']);
  assert.equal(shadow.counter('origin_valid'), 1);
});

test("the route's own cors counts where the filter has no policy", () => {
  const { ask } = start([], [policy({ allow_origin_string_match: [{ prefix: '' }] })]);
  assert.deepEqual(ask({ origin: 'http://any' }), ['via_upstream', 'allow-origin: http://any']);
});

runHttpFilterCompliance([{ name: 'cors', createFilter: cors.createFilterFactory({}, filterContext()) }]);
