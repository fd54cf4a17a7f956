import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteEntry } from '../../../../../sdk/router.ts';
import { runHttpFilterCompliance } from '../../../../../sdk/testing/index.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { type FilterContextOptions, filterContext } from '../../../../../test/harness/filter-context.ts';
import { HttpManagerHarness, testRoute } from '../../../../../test/harness/http-manager.ts';
import { TerminalFilters } from '../../../../../test/harness/terminal-filter.ts';
import type { FaultConfig } from './config.ts';
import { fault } from './index.ts';

const TYPE = 'envoy.extensions.filters.http.fault.v3.HTTPFault';
const ALWAYS = { numerator: 100 };
const { read } = configReader([fault]);
type Json = Parameters<typeof read>[1];

function parse(json: Json): FaultConfig {
  const { config, problems } = read(TYPE, json);
  assert.deepEqual(problems, []);
  return config as FaultConfig;
}

function start(json: Json, runtime: FilterContextOptions['runtime'] = {}, perRoute?: FaultConfig) {
  const terminals = new TerminalFilters();
  let createFilter: ReturnType<typeof fault.createFilterFactory> | undefined;
  const http = new HttpManagerHarness([() => createFilter?.() as never, terminals.create]);
  const context = filterContext({ dispatcher: http.dispatcher, runtime });
  createFilter = fault.createFilterFactory(parse(json), context);
  const routeEntry = { clusterName: 'up', finalizeResponseHeaders() {} } as unknown as RouteEntry;
  http.route = testRoute({ routeEntry, perFilterConfig: () => perRoute });
  const stat = (name: string) => context.scope.counter(`http.test.fault.${name}`).value;
  const active = () => context.scope.gauge('http.test.fault.active_faults').value;
  return { http, terminals, stat, active };
}

const abort503 = { http_status: 503, percentage: ALWAYS };

test('a request is aborted, with the flag, the details and the counts of it', () => {
  const { http, stat, active } = start({ abort: abort503, filter_metadata: { why: 'test' } });
  const stream = http.request({ 'x-envoy-downstream-service-cluster': 'dc' });
  assert.equal(stream.headers?.status, 503);
  const info = http.logged.at(-1)?.info;
  assert.equal(info?.responseCodeDetails, 'fault_filter_abort');
  assert.deepEqual(info?.responseFlags, ['FI']);
  assert.deepEqual(info?.dynamicMetadata('filter-0'), { why: 'test' });
  assert.deepEqual([stat('aborts_injected'), stat('dc.aborts_injected'), active()], [1, 1, 0]);
});

test('a delayed request waits with its body, and goes on or is aborted then', () => {
  const delay = { fixed_delay: '0.1s', percentage: ALWAYS };
  const { http, terminals, stat, active } = start({ delay });
  http.request({ ':method': 'POST' }, false);
  http.data('body', true);
  assert.deepEqual([terminals.all.at(-1)?.sawHeaders, active()], [false, 1]);
  http.time.advance(100);
  assert.deepEqual([terminals.last.body, terminals.last.ended, stat('delays_injected')], ['body', true, 1]);
  const both = start({ delay, abort: abort503 });
  const stream = both.http.request();
  assert.equal(stream.headers === undefined, true);
  both.http.time.advance(100);
  assert.equal(stream.headers?.status, 503);
  assert.deepEqual(both.http.logged.at(-1)?.info.responseFlags, ['DI', 'FI']);
});

test('headers of the request choose where the configuration says so', () => {
  const faults = { delay: { header_delay: {}, percentage: ALWAYS }, abort: { header_abort: {}, percentage: ALWAYS } };
  const status = (headers: Record<string, string>) => {
    const { http, terminals } = start(faults);
    const stream = http.request(headers);
    if (stream.headers === undefined && terminals.all.at(-1)?.sawHeaders !== true) http.time.advance(50);
    return stream.headers?.status ?? (terminals.last.sawHeaders ? 'passed' : 'waiting');
  };
  assert.equal(status({}), 'passed');
  assert.equal(status({ 'x-envoy-fault-abort-request': '418' }), 418);
  assert.equal(status({ 'x-envoy-fault-abort-request': '600' }), 'passed');
  assert.equal(status({ 'x-envoy-fault-abort-grpc-request': '5' }), 200);
  assert.equal(
    status({ 'x-envoy-fault-abort-request': '418', 'x-envoy-fault-abort-request-percentage': '0' }),
    'passed',
  );
  assert.equal(status({ 'x-envoy-fault-delay-request': '60' }), 'waiting');
  assert.equal(status({ 'x-envoy-fault-delay-request': '50' }), 'passed');
});

test('only the requests that are meant have faults', () => {
  const status = (json: object, headers: Record<string, string> = {}) =>
    start({ abort: abort503, ...json } as Json).http.request(headers).headers?.status;
  assert.equal(status({ upstream_cluster: 'other' }), undefined);
  assert.equal(status({ upstream_cluster: 'up' }), 503);
  assert.equal(status({ downstream_nodes: ['n'] }), undefined);
  assert.equal(status({ downstream_nodes: ['n'] }, { 'x-envoy-downstream-service-node': 'n' }), 503);
  assert.equal(status({ headers: [{ name: 'x', present_match: true }] }), undefined);
  assert.equal(status({ headers: [{ name: 'x', present_match: true }] }, { x: '1' }), 503);
});

test('runtime stands over the configuration, a route over the filter', () => {
  const off = start({ abort: abort503 }, { 'fault.http.abort.abort_percent': 0 });
  assert.equal(off.http.request().headers, undefined);
  const ofCluster = start(
    { abort: { ...abort503, percentage: { numerator: 0 } } },
    { 'fault.http.dc.abort.abort_percent': 100, 'fault.http.dc.abort.http_status': 429 },
  );
  assert.equal(ofCluster.http.request({ 'x-envoy-downstream-service-cluster': 'dc' }).headers?.status, 429);
  const general = { 'fault.http.abort.abort_percent': 0, 'fault.http.abort.http_status': 451 };
  const other = start({ abort: abort503 }, general);
  assert.equal(other.http.request({ 'x-envoy-downstream-service-cluster': 'dc' }).headers?.status, 503);
  const route = start({ abort: abort503 }, {}, parse({ abort: { http_status: 404, percentage: ALWAYS } }));
  assert.equal(route.http.request().headers?.status, 404);
});

test('no more faults at once than are allowed', () => {
  const { http, stat } = start({ abort: abort503, max_active_faults: 0 });
  assert.equal(http.request().headers, undefined);
  assert.equal(stat('faults_overflow'), 1);
});

test('a slowed response comes in slices of 50 ms', () => {
  const { http, terminals, stat } = start({
    response_rate_limit: { fixed_limit: { limit_kbps: 1 }, percentage: ALWAYS },
  });
  const stream = http.request();
  terminals.last.respond(200, 'x'.repeat(120));
  const sizes = [0, 50, 50].map((ms) => {
    http.time.advance(ms);
    return stream.body.length;
  });
  assert.deepEqual(sizes, [51, 102, 120]);
  assert.equal(stat('response_rl_injected'), 1);
});

const context = filterContext();
runHttpFilterCompliance([
  { name: 'fault that aborts', createFilter: fault.createFilterFactory(parse({ abort: abort503 }), context) },
  {
    name: 'fault that does nothing',
    createFilter: fault.createFilterFactory(parse({ delay: { header_delay: {}, percentage: ALWAYS } }), context),
  },
]);
