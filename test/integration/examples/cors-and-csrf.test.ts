/** As cors and csrf of envoyproxy/examples: pages of one site ask a service behind a proxy of another. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dnsCluster, Example, httpListener, resources } from './example.ts';

const filters = 'type.googleapis.com/envoy.extensions.filters.http';
const csrf = (more: string) => `{"@type": ${filters}.csrf.v3.CsrfPolicy, ${more}}`;
const percent = (numerator: number, key: string) =>
  `{default_value: {numerator: ${numerator}, denominator: HUNDRED}, runtime_key: ${key}}`;
const enforced = `filter_enabled: ${percent(100, 'csrf.enabled')}, shadow_enabled: ${percent(0, 'csrf.shadow_enabled')}`;
const route = (path: string, name: string, config: string) => `- match: {prefix: ${path}}
  route: {cluster: service}
  typed_per_filter_config: {${name}: ${config}}
`;
const cors = (origin: string) =>
  `{"@type": ${filters}.cors.v3.CorsPolicy, allow_origin_string_match: [{safe_regex: {regex: "${origin}"}}], allow_methods: GET, max_age: "60"}`;

const routes = [
  route('/csrf/disabled', 'csrf', csrf(`filter_enabled: ${percent(0, 'csrf.enabled')}`)),
  route(
    '/csrf/shadow',
    'csrf',
    csrf(`filter_enabled: ${percent(0, 'csrf.enabled')}, shadow_enabled: ${percent(100, 'csrf.shadow_enabled')}`),
  ),
  route('/csrf/ignored', 'csrf', csrf(`${enforced}, additional_origins: [{safe_regex: {regex: ".*"}}]`)),
  route('/cors/open', 'cors', cors('.*')),
  route('/cors/restricted', 'cors', cors('.*\\\\.envoyproxy\\\\.io')),
  '- {match: {prefix: /}, route: {cluster: service}}\n',
].join('');
const config = resources(httpListener('web', routes), dnsCluster('service', 'service')).replace(
  /( *)http_filters:\n/,
  (line, margin: string) => `${line}${margin}- {name: cors, typed_config: {"@type": ${filters}.cors.v3.Cors}}
${margin}- {name: csrf, typed_config: ${csrf(enforced)}}
`,
);

test('cors tells browsers who may read, csrf stops what another site would change', async () => {
  await using example = new Example(505);
  const service = await example.service('service', 'Hello');
  await example.proxy('proxy', config);
  const base = `http://127.0.0.1:${await example.port('web')}`;
  const post = async (path: string, origin: string) =>
    (await fetch(`${base}/csrf/${path}`, { method: 'POST', headers: { origin } })).status;
  const allowed = async (path: string, origin: string) =>
    (await fetch(`${base}/cors/${path}`, { headers: { origin } })).headers.get('access-control-allow-origin');

  const evil = 'http://evil.test';
  const statuses = ['enabled', 'disabled', 'shadow', 'ignored'].map((path) => post(path, evil));
  assert.deepEqual(await Promise.all(statuses), [403, 200, 200, 200]);
  assert.equal(await post('enabled', base), 200);
  const stats = await (await fetch(`http://127.0.0.1:${await example.port('proxy-admin')}/stats?filter=csrf`)).text();
  assert.match(stats, /^http\.web\.csrf\.request_invalid: 2$/m);
  assert.match(stats, /^http\.web\.csrf\.request_valid: 2$/m);

  assert.equal(await allowed('open', evil), evil);
  assert.equal(await allowed('restricted', evil), null);
  assert.equal(await allowed('restricted', 'http://a.envoyproxy.io'), 'http://a.envoyproxy.io');
  const preflight = await fetch(`${base}/cors/open`, {
    method: 'OPTIONS',
    headers: { origin: evil, 'access-control-request-method': 'GET' },
  });
  assert.deepEqual([preflight.status, preflight.headers.get('access-control-max-age')], [200, '60']);
  assert.deepEqual(service.seen.filter(({ path }) => path === '/csrf/enabled').length, 1);
});
