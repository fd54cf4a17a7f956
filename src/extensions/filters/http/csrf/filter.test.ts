import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runHttpFilterCompliance } from '../../../../../sdk/testing/index.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { filterContext } from '../../../../../test/harness/filter-context.ts';
import { HttpManagerHarness, testRoute } from '../../../../../test/harness/http-manager.ts';
import { TerminalFilters } from '../../../../../test/harness/terminal-filter.ts';
import { hostAndPort } from './host-and-port.ts';
import { type CsrfPolicy, csrf } from './index.ts';

const TYPE = 'envoy.extensions.filters.http.csrf.v3.CsrfPolicy';
const ALWAYS = { default_value: { numerator: 100 } };
const NEVER = { default_value: { numerator: 0 } };
const { read } = configReader([csrf]);

function start(json: Parameters<typeof read>[1], perRoute?: CsrfPolicy) {
  const { config, problems } = read(TYPE, json);
  assert.deepEqual(problems, []);
  const context = filterContext();
  const terminals = new TerminalFilters();
  const http = new HttpManagerHarness([csrf.createFilterFactory(config as CsrfPolicy, context), terminals.create]);
  http.route = testRoute({ perFilterConfig: () => perRoute });
  const counter = (name: string) => context.scope.counter(`http.test.csrf.${name}`).value;
  return { http, terminals, counter };
}

test('a request that changes something must come from its own host', () => {
  const { http, terminals, counter } = start({ filter_enabled: ALWAYS });
  const ask = (method: string, headers: Record<string, string>) => {
    const stream = http.request({ ':method': method, ...headers });
    if (stream.headers === undefined) terminals.last.respond(200);
    return stream.headers?.status;
  };
  assert.deepEqual(
    [
      ask('GET', { origin: 'http://other' }),
      ask('POST', { origin: 'http://host' }),
      ask('POST', { origin: 'http://other' }),
      ask('PATCH', { referer: 'https://host/page' }),
      ask('DELETE', { origin: 'null', referer: 'https://host/page' }),
    ],
    [200, 200, 403, 200, 403],
  );
  assert.deepEqual(['request_valid', 'request_invalid', 'missing_source_origin'].map(counter), [2, 1, 1]);
});

test('other origins can be allowed; a shadowed policy only counts', () => {
  const open = start({ filter_enabled: ALWAYS, additional_origins: [{ suffix: '.friend' }] });
  assert.equal(open.http.request({ ':method': 'PUT', origin: 'http://a.friend' }).headers?.status, undefined);
  const shadow = start({ filter_enabled: NEVER, shadow_enabled: ALWAYS });
  assert.equal(shadow.http.request({ ':method': 'PUT', origin: 'http://other' }).headers?.status, undefined);
  assert.equal(shadow.counter('request_invalid'), 1);
});

test("a route's policy stands in for the filter's", () => {
  const off = read(TYPE, { filter_enabled: NEVER }).config as CsrfPolicy;
  const { http } = start({ filter_enabled: ALWAYS }, off);
  assert.equal(http.request({ ':method': 'POST', origin: 'http://other' }).headers?.status, undefined);
});

test('the host of a URL, or what is none as it is', () => {
  const urls = [
    'http://h',
    'HTTP://H:80/x',
    'x://u:p@h?q',
    'http://[::1]:8/',
    'h',
    'null',
    'http:/h',
    '//h',
    'http://h:bad',
  ];
  assert.deepEqual(urls.map(hostAndPort), ['h', 'H:80', 'h', '[::1]:8', 'h', 'null', 'http:/h', '//h', 'http://h:bad']);
});

runHttpFilterCompliance([
  {
    name: 'csrf',
    createFilter: csrf.createFilterFactory(
      read(TYPE, { filter_enabled: ALWAYS }).config as CsrfPolicy,
      filterContext(),
    ),
    request: { ':method': 'POST', origin: 'http://other' },
  },
]);
