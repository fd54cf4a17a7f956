import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FakeAdmin, fakeAdmin, fakeHost } from '../../../test/harness/fake-admin-context.ts';
import type { AdminContext } from './admin-context.ts';
import { type AdminResponse, okReply } from './admin-handler.ts';
import { AdminRouter, type AdminRouterOptions } from './admin-router.ts';
import { defaultAdminHandlers } from './default-handlers.ts';
import { QueryParams } from './query-params.ts';

interface Page extends FakeAdmin {
  readonly response: AdminResponse;
  readonly text: string;
}

function ask(method: string, path: string, changes: Partial<AdminContext> = {}, form?: string): Page {
  const admin = fakeAdmin(changes);
  return { ...admin, ...send(new AdminRouter(admin.context, defaultAdminHandlers()), method, path, form) };
}

function send(router: AdminRouter, method: string, path: string, form?: string) {
  const contentType = form === undefined ? '' : 'application/x-www-form-urlencoded';
  const response = router.handle({ method, path, contentType, accept: '', body: form ?? '' });
  return { response, text: typeof response.body === 'string' ? response.body : [...response.body].join('') };
}

test('what is no page gets a 404 with the list of pages', () => {
  for (const path of ['/nope', '/ready/', '//']) {
    const { response, text } = ask('GET', path);
    assert.equal(response.status, 404);
    assert.ok(text.startsWith('invalid path. admin commands are:\n  /: Admin home page\n  /allocprofiler (POST): '));
  }
});

test('help lists pages by name, and their parameters with the choices', () => {
  const { response, text } = ask('GET', '/help?x=1');
  assert.equal(response.status, 200);
  assert.ok(text.startsWith('admin commands are:\n  /: Admin home page\n'));
  const names = [...text.matchAll(/^ {2}(\/\S*)/gm)].map((match) => match[1]?.replace(':', ''));
  assert.deepEqual(names, [...names].sort());
  assert.equal(names.length, 33);
  assert.ok(text.includes('\n      format: File format to use; One of (text, json)\n'));
  assert.ok(text.includes('; One of (, trace, debug, info, warning, error, critical, off)\n'));
  assert.ok(text.endsWith('/stats/recentlookups/enable (POST): enable recording of reset stat-name lookup names\n'));
});

test('the home page links what reads and has forms for what changes', () => {
  const { response, text } = ask('GET', '/?');
  assert.equal(response.contentType, 'text/html; charset=UTF-8');
  const links = [...text.matchAll(/<a href='(.*?)'>/g)].map((match) => match[1]);
  assert.equal(
    links.join(' '),
    'certs contention heap_dump help hot_restart_version memory memory/tcmalloc peak_heap_dump ready runtime ' +
      'server_info stats/recentlookups',
  );
  const forms = (method: string) =>
    [...text.matchAll(/<form action='(.*?)' method='(.*?)'/g)].filter((match) => match[2] === method);
  assert.equal(forms('get').length, 6);
  assert.equal(forms('post').length, 14);
  assert.ok(text.includes("<option value='active-html'>active-html</option>"));
});

test('a form is the query of a page, but of /stats', () => {
  const clusters = ask('POST', '/clusters', {}, 'format=json');
  assert.equal(clusters.response.contentType, 'application/json');
  assert.equal(ask('POST', '/clusters?filter=x', {}, 'format=json').response.contentType, 'text/plain; charset=UTF-8');
  assert.equal(ask('POST', '/stats', {}, 'format=json').response.contentType, 'text/plain; charset=UTF-8');
});

test('of two equal keys of a query the first counts; escapes are undone, a plus is a plus', () => {
  const params = QueryParams.ofPath('/x?a=1&a=2&%62=%63%20d&e=f+g&h&i=%zz');
  assert.deepEqual(
    [...params.entries()],
    [
      ['a', '1'],
      ['b', 'c d'],
      ['e', 'f+g'],
      ['h', ''],
      ['i', '%zz'],
    ],
  );
});

test('what changes the server needs POST', () => {
  const { response, text, calls } = ask('GET', '/quitquitquit');
  assert.deepEqual([response.status, text, calls.length], [405, 'Method GET not allowed, POST required.', 0]);
  assert.equal(ask('PUT', '/logging').text, 'Method PUT not allowed, POST required.');
});

test('a path that is not allowed is refused by its name', () => {
  const log: string[] = [];
  const logger = { info: (line: string) => log.push(line), error: (line: string) => log.push(line) };
  const options: AdminRouterOptions = { isPathAllowed: (path) => path.startsWith('/ready'), logger };
  const router = new AdminRouter(fakeAdmin().context, defaultAdminHandlers(), options);
  assert.equal(send(router, 'GET', '/ready').text, 'LIVE\n');
  const refused = send(router, 'GET', '/stats?usedonly');
  assert.deepEqual([refused.response.status, refused.text], [403, 'request to path /stats?usedonly not allowed']);
  send(new AdminRouter(fakeAdmin().context, defaultAdminHandlers(), { logger }), 'GET', '/quitquitquit?now');
  assert.deepEqual(log, [
    'Request to admin interface path /stats?usedonly is not allowed',
    'admin path "/quitquitquit" mutates state, method=GET rather than POST',
  ]);
});

test('an extension adds and removes its page, but never takes another’s', () => {
  const router = new AdminRouter(fakeAdmin().context, defaultAdminHandlers());
  const page = { path: '/tap', help: 'tap filter control', mutates: true, params: [], handle: okReply };
  assert.equal(router.addHandler({ ...page, path: '/stats' }), false);
  assert.equal(router.addHandler({ ...page, path: '/help' }), false);
  assert.equal(router.addHandler(page), true);
  assert.equal(send(router, 'POST', '/tap').text, 'OK\n');
  assert.equal(router.removeHandler('/tap'), true);
  assert.equal(send(router, 'POST', '/tap').response.status, 404);
});

test('ready says the state and is 503 until it is LIVE', () => {
  const info = fakeAdmin().context.serverInfo();
  const { response, text } = ask('GET', '/ready', { serverInfo: () => ({ ...info, state: 'PRE_INITIALIZING' }) });
  assert.deepEqual([response.status, text], [503, 'PRE_INITIALIZING\n']);
  assert.equal(ask('GET', '/ready').response.status, 200);
});

test('server info, memory and certificates are JSON with an indent of one', () => {
  assert.equal(
    ask('GET', '/server_info').text,
    '{\n "version": "sha/1.40.0/Clean/RELEASE/OpenSSL",\n "state": "LIVE",\n "uptime_current_epoch": "3s",\n' +
      ' "uptime_all_epochs": "12s",\n "hot_restart_version": "11.104",\n "command_line_options": {\n  "base_id": "0",\n' +
      '  "disabled_extensions": []\n },\n "node": {\n  "id": "n"\n },\n "hot_restart_initializing": false\n}\n',
  );
  const memory = ask('GET', '/memory');
  assert.equal(memory.response.contentType, 'application/json');
  assert.equal(
    memory.text,
    '{\n "allocated": "1",\n "heap_size": "2",\n "pageheap_unmapped": "0",\n "pageheap_free": "3",\n' +
      ' "total_thread_cache": "4",\n "total_physical_bytes": "5"\n}\n',
  );
  assert.equal(ask('GET', '/certs').text, '{\n "certificates": []\n}\n');
  const certificates = () => [{ ca_cert: [{ path: 'a.pem' }] }];
  assert.deepEqual(JSON.parse(ask('GET', '/certs', { certificates }).text), { certificates: certificates() });
  assert.equal(ask('GET', '/hot_restart_version').text, '11.104');
});

test('the exit comes after the answer', () => {
  const { response, text, calls } = ask('POST', '/quitquitquit');
  assert.deepEqual([text, calls], ['OK\n', []]);
  response.afterwards?.();
  assert.deepEqual(calls, ['shutdown']);
});

test('health checks, drain and logs reach their owners', () => {
  assert.deepEqual(ask('POST', '/healthcheck/fail').calls, ['failHealthcheck true']);
  assert.deepEqual(ask('POST', '/healthcheck/ok').calls, ['failHealthcheck false']);
  assert.deepEqual(ask('POST', '/reopen_logs').calls, ['reopenLogs']);
  assert.deepEqual(ask('POST', '/drain_listeners?graceful&inboundonly').calls, [
    'drain {"graceful":true,"skipExit":false,"inboundOnly":true}',
  ]);
});

test('unready targets are filtered by component', () => {
  const targets = { unreadyTargets: () => new Map([['listener', [{ name: 'Listener l', targetNames: ['RDS'] }]]]) };
  const dumped = { unready_targets_dumps: [{ name: 'Listener l', target_names: ['RDS'] }] };
  assert.deepEqual(JSON.parse(ask('GET', '/init_dump', targets).text), dumped);
  assert.deepEqual(JSON.parse(ask('GET', '/init_dump?mask=listener', targets).text), dumped);
  assert.equal(ask('GET', '/init_dump?mask=other', targets).text, '{}\n');
});

test('listeners: a line an address, or JSON', () => {
  const at = (port: number) => ({
    text: `127.0.0.1:${port}`,
    json: { socket_address: { address: '127.0.0.1', port_value: port } },
  });
  const listeners = { listeners: () => [{ name: 'web', addresses: [at(80), at(81)] }] };
  assert.equal(ask('GET', '/listeners', listeners).text, 'web::127.0.0.1:80\nweb::127.0.0.1:81\n');
  assert.deepEqual(JSON.parse(ask('GET', '/listeners?format=json', listeners).text), {
    listener_statuses: [{ name: 'web', local_address: at(80).json, additional_local_addresses: [at(81).json] }],
  });
  assert.equal(ask('GET', '/listeners?format=json').text, '{}\n');
});

test('clusters as text: outlier detection, limits, hosts', () => {
  const limits = { maxConnections: 5, maxPendingRequests: 1024, maxRequests: 1024, maxRetries: 3 };
  const host = fakeHost('127.0.0.1:2', { healthFlags: ['failed_active_hc', 'degraded_eds_health'], successRate: 99.5 });
  const cluster = {
    name: 'hc',
    observabilityName: 'alt',
    addedViaApi: true,
    edsServiceName: 'eds',
    defaultPriority: limits,
    highPriority: { ...limits, maxConnections: 1024 },
    overprovisioningFactor: 140,
    hasDynamicEndpoints: false,
    outlier: undefined,
    hosts: [host],
  };
  const clusters = { clusters: () => [cluster, { ...cluster, name: 'other' }] };
  const lines = ask('GET', '/clusters?filter=^h', clusters).text.split('\n');
  assert.deepEqual(lines.slice(0, 2), ['hc::observability_name::alt', 'hc::default_priority::max_connections::5']);
  assert.deepEqual(lines.slice(9, 12), [
    'hc::added_via_api::true',
    'hc::eds_service_name::eds',
    'hc::127.0.0.1:2::cx_active::0',
  ]);
  assert.ok(lines.includes('hc::127.0.0.1:2::health_flags::/failed_active_hc/degraded_eds_health'));
  assert.ok(lines.includes('hc::127.0.0.1:2::success_rate::99.5'));
  assert.ok(lines.every((line) => line === '' || line.startsWith('hc::')));
  const json = JSON.parse(ask('GET', '/clusters?format=json&filter=hc', clusters).text);
  assert.deepEqual(Object.keys(json.cluster_statuses[0]), [
    'name',
    'added_via_api',
    'host_statuses',
    'circuit_breakers',
    'observability_name',
    'eds_service_name',
  ]);
  assert.deepEqual(json.cluster_statuses[0].host_statuses[0].success_rate, { value: 99.5 });
  const bad = ask('GET', '/clusters?filter=(', clusters);
  assert.deepEqual([bad.response.status, bad.text], [400, 'Invalid re2 regex']);
});

test('log levels: one, several or all; all or nothing', () => {
  assert.equal(ask('POST', '/logging?admin=debug').text, 'active loggers:\n  admin: debug\n  http: info\n\n');
  assert.equal(ask('POST', '/logging', {}, 'level=off').text, 'active loggers:\n  admin: off\n  http: off\n\n');
  const several = ask('POST', '/logging?paths=admin:trace,http:error');
  assert.equal(several.text, 'active loggers:\n  admin: trace\n  http: error\n\n');
  for (const [query, problem] of [
    ['paths=admin:debug,http:bad', 'unknown logger level'],
    ['paths=admin:debug,zz:info', 'unknown logger name'],
    ['paths=admin', 'empty logger name or empty logger level'],
    ['nope=info', 'unknown logger name'],
    ['level=warn', 'unknown logger level'],
    ['level=info&paths=http:info', 'invalid number of parameters'],
    ['group=http:info', 'group parameter requires fine-grain logging to be enabled'],
  ] as const) {
    const { response, text } = ask('POST', `/logging?${query}`);
    assert.equal(response.status, 400);
    assert.ok(text.startsWith(`error: ${problem}\n\nusage: /logging?<name>=<level> (change single level)\n`), text);
    assert.ok(text.endsWith('off \nactive loggers:\n  admin: info\n  http: info\n\n'), text);
  }
});

test('runtime: entries by name, HTML escaped; changes need an admin layer', () => {
  assert.ok(ask('GET', '/runtime').text.includes('"final_value": "\\u003c2\\u003e"'));
  assert.equal(ask('POST', '/runtime_modify').response.status, 400);
  assert.deepEqual(ask('POST', '/runtime_modify?a.b=9&c=').calls, ['merge [["a.b","9"],["c",""]]']);
  const router = new AdminRouter(fakeAdmin().context, defaultAdminHandlers());
  const form = { method: 'POST', path: '/runtime_modify', body: 'a=b' };
  const typed = (contentType: string) => router.handle({ ...form, accept: '', contentType }).status;
  assert.deepEqual(
    ['', '; charset=utf-8'].map((more) => typed(`application/x-www-form-urlencoded${more}`)),
    [200, 400],
  );
  const layers = { ...fakeAdmin().context.runtime, hasAdminLayer: false };
  const refused = ask('POST', '/runtime_modify?a=1', { runtime: layers });
  assert.deepEqual([refused.response.status, refused.text], [503, 'No admin layer specified']);
});

test('the allocation profiler runs once at a time and hands over what it saw', () => {
  const running = { start: () => false, stop: () => ['', '{}\n'] };
  const asked = (query: string, allocations = fakeAdmin().context.allocations) => {
    const { response, text } = ask('POST', `/allocprofiler${query}`, { allocations });
    return [response.status, text];
  };
  assert.deepEqual(asked('?enable=y'), [200, 'OK\n']);
  assert.deepEqual(asked('?enable=y', running), [400, 'Allocation profiler has already started']);
  assert.deepEqual(asked('?enable=n', running), [200, '{}\n']);
  assert.deepEqual(asked('?enable=n'), [400, 'Allocation profiler is not started']);
  for (const bad of ['', '?enable=x', '?enable=y&x=1', '?enable'])
    assert.deepEqual(asked(bad), [400, '?enable=<y|n>\n']);
});

test('profilers say that they are not here', () => {
  assert.equal(ask('POST', '/cpuprofiler').text, '?enable=<y|n>\n');
  assert.equal(ask('POST', '/cpuprofiler?enable=y').response.status, 500);
  assert.equal(ask('POST', '/heapprofiler').response.status, 501);
  assert.ok(ask('GET', '/contention').text.startsWith('Mutex contention tracing is not enabled.'));
  const info = fakeAdmin().context.serverInfo();
  const traced = { ...info, commandLineOptions: { enable_mutex_tracing: true } };
  const { response, text } = ask('GET', '/contention', { serverInfo: () => traced });
  assert.equal(response.contentType, 'application/json');
  assert.deepEqual(JSON.parse(text), { num_contentions: '0', current_wait_cycles: '0', lifetime_wait_cycles: '0' });
});
