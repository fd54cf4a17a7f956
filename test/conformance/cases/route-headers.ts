/** Header mutation at every level: order, append actions, formatters, removal; and headers the proxy itself adds. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener } from '../config.ts';
import { get, ok } from '../requests.ts';

const add = (key: string, value: string, action = '') =>
  `{header: {key: ${key}, value: "${value}"}${action === '' ? '' : `, append_action: ${action}`}}`;

const levels = (
  name: string,
) => `request_headers_to_add: [${add('x-order', name)}, ${add('x-set', name, 'OVERWRITE_IF_EXISTS_OR_ADD')}]
response_headers_to_add: [${add('x-order', name)}, ${add('x-set', name, 'OVERWRITE_IF_EXISTS_OR_ADD')}]
request_headers_to_remove: [x-remove-${name}]
response_headers_to_remove: [x-remove-${name}]`;

const pad = (text: string, by: number) => text.replace(/^/gm, ' '.repeat(by));

const actions = ['APPEND_IF_EXISTS_OR_ADD', 'ADD_IF_ABSENT', 'OVERWRITE_IF_EXISTS_OR_ADD', 'OVERWRITE_IF_EXISTS'];

const operators = [
  'plain',
  '100%%',
  '%PROTOCOL%',
  '%REQ(x-in)%',
  '%REQ(x-missing)%',
  '%REQ(x-missing?x-in)%',
  '%REQ(x-in):2%',
  '%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%',
  '%DOWNSTREAM_LOCAL_ADDRESS%',
  '%DOWNSTREAM_LOCAL_PORT%',
  '%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%',
  '%UPSTREAM_REMOTE_ADDRESS%',
  '%UPSTREAM_CLUSTER%',
  '%RESPONSE_CODE%',
  '%HOSTNAME_X%',
  '%REQ(:METHOD)% %REQ(:PATH)% %REQ(:AUTHORITY)% %REQ(:SCHEME)%',
  '[%REQ(x-in)%-%REQ(x-in)%]',
  '%UPSTREAM_METADATA([\\"a\\", \\"b\\"])%',
  '%DYNAMIC_METADATA(a:b)%',
  '%RESP(x-resp)%',
  '%ROUTE_NAME%',
  '%VIRTUAL_CLUSTER_NAME%',
  '%RESPONSE_FLAGS%',
  '%BYTES_RECEIVED%',
  '%REQUEST_HEADER_X%',
  '%DOWNSTREAM_TLS_VERSION%',
  '%QUERY_PARAM(a)%',
  '%PATH(NQ)%',
].filter((operator) => !operator.includes('_X%'));

const operatorRoutes = operators.map((operator, index) => {
  const adds = `request_headers_to_add: [${add('x-op', operator)}], response_headers_to_add: [${add('x-op', operator)}]`;
  return `- {name: "op route", match: {prefix: /op/${index}/}, route: {cluster: u0}, ${adds}}`;
});

const actionRoutes = actions.map((action) => {
  const adds = `[${add('x-there', 'new', action)}, ${add('x-absent', 'new', action)}]`;
  return `- {match: {prefix: /act/${action}}, route: {cluster: u0}, request_headers_to_add: ${adds}, response_headers_to_add: ${adds}}`;
});

const special = `
- {match: {prefix: /raw}, route: {cluster: u0}, request_headers_to_add: [{header: {key: x-b, value: v, raw_value: cmF3}}, {header: {key: x-r, raw_value: cmF3}}]}
- {match: {prefix: /keepempty}, route: {cluster: u0}, request_headers_to_add: [{header: {key: x-e, value: "%REQ(x-missing)%"}, keep_empty_value: true}]}
- {match: {prefix: /host}, route: {cluster: u0}, request_headers_to_add: [{header: {key: x-h, value: "%REQ(:AUTHORITY)%"}}], response_headers_to_remove: [server, date, content-type]}
- {match: {prefix: /cl}, route: {cluster: u0}, request_headers_to_remove: [user-agent, x-forwarded-proto, x-request-id], response_headers_to_add: [{header: {key: server, value: mine}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}]}
- {match: {prefix: /local}, direct_response: {status: 200, body: {inline_string: hi}}, response_headers_to_add: [{header: {key: x-l, value: "%RESPONSE_CODE%"}}]}
- {match: {prefix: /dead}, route: {cluster: dead}, response_headers_to_add: [{header: {key: x-l, value: "%RESPONSE_CODE% %RESPONSE_FLAGS%"}}]}`;

function host(most: boolean): string {
  const route = pad(levels('route'), 4).trimStart();
  return `- name: all
  domains: ["*"]
${pad(levels('vhost'), 2)}
  routes:
${most ? '' : [...operatorRoutes, ...actionRoutes, ...special.trim().split('\n')].map((line) => `  ${line}`).join('\n')}
  - match: {prefix: /}
    route:
      weighted_clusters:
        clusters:
        - name: u0
          weight: 1
${pad(levels('cluster'), 10)}
    ${route}`;
}

const config = bootstrap(
  [
    listener('web', hcm({ virtualHosts: host(false), routeConfig: levels('config') })),
    listener(
      'specific',
      hcm({ virtualHosts: host(true), routeConfig: `most_specific_header_mutations_wins: true\n${levels('config')}` }),
    ),
  ],
  [cluster('u0'), cluster('dead', ['1'])],
);

const removable = ['config', 'vhost', 'route', 'cluster', 'none'].map((name) => `x-remove-${name}: 1`);
const reply = ok('ok', ['x-order: upstream', 'x-set: upstream', ...removable]);
const incoming = ['x-order: client', 'x-set: client', ...removable];

export const routeHeaders: Suite = {
  kind: 'traffic',
  name: 'route-headers',
  config,
  upstreams: { u0: 'http' },
  cases: [
    { name: 'levels in order', steps: [get('web', '/', incoming, { reply })] },
    { name: 'most specific wins', steps: [get('specific', '/', incoming, { reply })] },
    ...operators.map((operator, index) => ({
      name: `operator ${operator}`,
      steps: [get('web', `/op/${index}/?a=b`, ['host: h.test', 'x-in: value'], { reply: ok('ok', ['x-resp: r']) })],
    })),
    ...actions.map((action) => ({
      name: `append action ${action}`,
      steps: [
        get('web', `/act/${action}`, ['x-there: old'], { reply: ok('ok', ['x-there: old']) }),
        get('web', `/act/${action}`, ['x-there: old', 'x-there: older'], {
          reply: ok('ok', ['x-there: old', 'x-there: older']),
        }),
      ],
    })),
    { name: 'raw values', steps: [get('web', '/raw')] },
    { name: 'empty values', steps: [get('web', '/keepempty')] },
    {
      name: 'host and removal',
      steps: [
        get('web', '/host', ['host: a.test'], { reply: ok('ok', ['content-type: a/b', 'server: x', 'date: y']) }),
      ],
    },
    { name: 'own headers removed and set', steps: [get('web', '/cl', ['user-agent: x'])] },
    { name: 'on local replies', steps: [get('web', '/local'), get('web', '/dead')] },
  ],
};
