import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpFilterFactory } from '../../../../../sdk/http.ts';
import type { RouteEntry } from '../../../../../sdk/router.ts';
import { runHttpFilterCompliance } from '../../../../../sdk/testing/index.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { filterContext } from '../../../../../test/harness/filter-context.ts';
import { HttpManagerHarness, testRoute } from '../../../../../test/harness/http-manager.ts';
import { TerminalFilters } from '../../../../../test/harness/terminal-filter.ts';
import { parseRateLimits } from '../../../../common/ratelimit/rate-limit-policy.ts';
import type { LocalRateLimitConfig } from './config.ts';
import { localRateLimit } from './index.ts';

const TYPE = 'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit';
const always = { default_value: { numerator: 100 } };
const on = { stat_prefix: 'p', filter_enabled: always, filter_enforced: always };
const bucket = (max_tokens: number, fill_interval = '10s') => ({ max_tokens, fill_interval });
const reader = configReader([localRateLimit]);

function parse(json: object): LocalRateLimitConfig {
  const { config, problems } = reader.read(TYPE, json as never);
  assert.deepEqual(problems, []);
  return config as LocalRateLimitConfig;
}

function policies(actions: readonly object[], more: object = {}) {
  const json = { rate_limits: [{ actions, ...more }] };
  const type = 'envoy.config.route.v3.VirtualHost';
  const { config, problems } = reader.parse(type, json as never, (message: { rateLimits: never[] }, ctx) =>
    parseRateLimits(message.rateLimits, ctx),
  );
  assert.deepEqual(problems, []);
  return config as ReturnType<typeof parseRateLimits>;
}

/** @param connections of so many managers on one worker, each a connection */
function start(json: object, entry: Partial<RouteEntry> = {}, perRoute?: object) {
  const terminals = new TerminalFilters();
  let create: HttpFilterFactory | undefined;
  const http = new HttpManagerHarness([() => create?.() as never, terminals.create]);
  const context = filterContext({ dispatcher: http.dispatcher, overrides: { listenerName: 'l' } });
  create = localRateLimit.createFilterFactory(parse(json), context);
  const routeEntry = { clusterName: 'up', rateLimits: [], includeVirtualHostRateLimits: false, ...entry };
  const ofRoute = perRoute && parse(perRoute);
  http.route = testRoute({
    routeEntry: { finalizeResponseHeaders() {}, ...routeEntry } as unknown as RouteEntry,
    perFilterConfig: () => ofRoute,
  });
  const ask = (headers: Record<string, string> = {}) => {
    const stream = http.request(headers);
    if (stream.headers === undefined) terminals.last.respond(200);
    const told = ['limit', 'remaining', 'reset'].map((name) => stream.headers?.get(`x-ratelimit-${name}`));
    return [stream.headers?.status, ...told.filter((value) => value !== undefined)];
  };
  const counter = (name: string) => context.scope.counter(`p.http_local_rate_limit.${name}`).value;
  return { http, terminals, ask, counter };
}

const told = { enable_x_ratelimit_headers: 'DRAFT_VERSION_03' };

test('a bucket that is empty answers 429 until there is a token again', () => {
  const { http, ask, counter } = start({ ...on, ...told, token_bucket: bucket(2) });
  assert.deepEqual(ask(), [200, '2', '1', '0']);
  assert.deepEqual(ask(), [200, '2', '0', '10']);
  assert.deepEqual(ask(), [429, '2', '0', '10']);
  assert.deepEqual(http.logged.at(-1)?.info.responseFlags, ['RL']);
  assert.equal(http.logged.at(-1)?.info.responseCodeDetails, 'local_rate_limited');
  http.time.advance(10_000);
  assert.deepEqual(ask(), [200, '2', '0', '10']);
  assert.deepEqual(['enabled', 'ok', 'rate_limited', 'enforced'].map(counter), [4, 3, 1, 1]);
});

test('the answer can be another, and say when to come back', () => {
  const { http, ask } = start({
    ...on,
    token_bucket: bucket(0),
    status: { code: 'ServiceUnavailable' },
    enable_retry_after_header: true,
    response_headers_to_add: [{ header: { key: 'x-limited', value: 'yes' } }],
  });
  assert.deepEqual(ask(), [503]);
  const response = http.codec.last.headers;
  assert.deepEqual([response?.get('x-limited'), response?.get('retry-after')], ['yes', '10']);
});

test('a limit that is not enforced marks the request', () => {
  const request_headers_to_add_when_not_enforced = [{ header: { key: 'x-would', value: 'be' } }];
  const json = { ...on, filter_enforced: undefined, token_bucket: bucket(0), request_headers_to_add_when_not_enforced };
  const { ask, terminals, counter } = start(JSON.parse(JSON.stringify(json)) as object);
  assert.deepEqual(ask(), [200]);
  assert.equal(terminals.last.callbacks.requestHeaders?.get('x-would'), 'be');
  assert.deepEqual([counter('rate_limited'), counter('enforced')], [1, 0]);
});

const descriptor = (value: string, tokens: number, more: object = {}) => ({
  entries: [{ key: 'k', value }],
  token_bucket: bucket(tokens),
  ...more,
});
const byHeader = [{ request_headers: { header_name: 'x', descriptor_key: 'k' } }];

test('requests are counted under the descriptors of the filter, of their route, or of its virtual host', () => {
  const limits = { ...on, ...told, token_bucket: bucket(100), descriptors: [descriptor('1', 1), descriptor('2', 5)] };
  const own = start({ ...limits, rate_limits: [{ actions: byHeader }] });
  assert.deepEqual(
    [own.ask({ x: '1' }), own.ask({ x: '1' }), own.ask({ x: '2' }), own.ask({ x: '3' })].map(([code, limit]) => [
      code,
      limit,
    ]),
    [
      [200, '1'],
      [429, '1'],
      [200, '5'],
      [200, '100'],
    ],
  );
  const rateLimits = policies(byHeader);
  assert.deepEqual(start(limits, { rateLimits }).ask({ x: '2' })[1], '5');
  assert.deepEqual(start(limits, { rateLimits: policies(byHeader, { stage: 1 }) }).ask({ x: '2' })[1], '100');
  assert.deepEqual(start(limits, { rateLimits: policies(byHeader, { disable_key: 'd' }) }).ask({ x: '2' })[1], '100');
});

test('a descriptor that leaves its value open has a bucket for each, the oldest given up', () => {
  const { ask } = start({
    ...on,
    token_bucket: bucket(100),
    max_dynamic_descriptors: 2,
    descriptors: [descriptor('', 1)],
    rate_limits: [{ actions: byHeader }],
  });
  const codes = ['a', 'a', 'b', 'c', 'b', 'a'].map((x) => ask({ x })[0]);
  assert.deepEqual(codes, [200, 429, 200, 200, 429, 200]);
});

test('a shadowed descriptor counts and lets through; hits can be more than one', () => {
  const rate_limits = [{ actions: byHeader, hits_addend: { format: '%REQ(hits)%' } }];
  const shadow = start({
    ...on,
    token_bucket: bucket(9),
    descriptors: [descriptor('1', 1, { shadow_mode: true })],
    rate_limits,
  });
  assert.deepEqual([shadow.ask({ x: '1', hits: '2' }), shadow.counter('shadow_mode')], [[200], 1]);
  const hits = start({ ...on, ...told, token_bucket: bucket(9), descriptors: [descriptor('1', 5)], rate_limits });
  assert.deepEqual(hits.ask({ x: '1', hits: '3' }), [200, '5', '2', '0']);
  assert.deepEqual(hits.ask({ x: '1', hits: '3' }), [429, '5', '2', '0']);
  assert.deepEqual(hits.ask({ x: '1' })[1], '9');
});

test("a route's limits are its own, and those of a connection the connection's", () => {
  const { ask } = start({ ...on, token_bucket: bucket(100) }, {}, { ...on, ...told, token_bucket: bucket(3) });
  assert.deepEqual(ask(), [200, '3', '2', '0']);
  const json = { ...on, token_bucket: bucket(1), local_rate_limit_per_downstream_connection: true };
  const first = start(json);
  assert.deepEqual([first.ask(), first.ask(), start(json).ask()], [[200], [429], [200]]);
});

test("what cannot be is refused in Envoy's words", () => {
  const fault = (json: object) => reader.read(TYPE, { stat_prefix: 'p', ...json } as never).problems.join();
  assert.match(fault({ token_bucket: bucket(1, '0.01s') }), /local rate limit token bucket fill timer must be >= 50ms/);
  assert.match(
    fault({ descriptors: [descriptor('1', 1), descriptor('1', 2)] }),
    /duplicate descriptor in the local rate descriptor: k=1/,
  );
  assert.match(fault({ rate_limits: [{ stage: 1, actions: byHeader }] }), /'stage' field and 'disable_key' field/);
  assert.match(fault({ local_cluster_rate_limit: {} }), /no local cluster name is present/);
});

runHttpFilterCompliance([
  {
    name: 'local_ratelimit',
    createFilter: localRateLimit.createFilterFactory(
      parse({ ...on, ...told, token_bucket: bucket(1000) }),
      filterContext({ overrides: { listenerName: 'l' } }),
    ),
  },
]);
