/** The admin interface asked in odd ways: forms with empty fields, masks of nothing, targets that are no paths, texts that are no YAML. */
import type { Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, to } from '../config.ts';
import { get, post, request, response } from '../requests.ts';

const layer =
  'frac: {numerator: 5, denominator: MILLION}, odd: {numerator: [1, null, true, "é\\""], x: {y: z}}, none: {}';
const form = 'content-type: application/x-www-form-urlencoded';
const page = (path: string, rest: object = {}) => get('admin', path, [], { blind: true, ...rest });
const send = (path: string, body: string, rest: object = {}) =>
  post('admin', path, body, [form], { blind: true, ...rest });
const first = { normalise: ['first-line'] } as const;
const sorted = { normalise: ['json-sorted'] } as const;

export const adminForms: Suite = {
  kind: 'traffic',
  name: 'admin-forms',
  upstreams: { u0: 'http' },
  config: bootstrap(
    [listener('web', hcm({ routes: to('u0') }))],
    [cluster('u0')],
    `layered_runtime: {layers: [{name: base, static_layer: {${layer}}}, {name: admin, admin_layer: {}}]}`,
  ),
  cases: [
    {
      name: 'a form’s empty fields ask for nothing',
      steps: [
        send('/logging', 'paths=&group=&level=info'),
        send('/logging', 'paths=http:debug&group=&level='),
        send('/logging', 'paths=&group=&level='),
        send('/logging', 'paths=http:info&group=&level=info', first),
        send('/logging?level=&paths=', '', first),
      ],
    },
    {
      name: 'statistics take no form',
      steps: [
        send('/stats?format=json&filter=cluster.u0.lb_healthy', 'format=text'),
        send('/clusters', 'format=json&filter=none'),
        send('/clusters?filter=none', 'format=json'),
        send('/stats/prometheus?filter=u0.lb_healthy', 'filter=nothing'),
      ],
    },
    {
      name: 'targets that are no paths',
      steps: [
        page('*'),
        page('http://other/ready'),
        { to: 'admin', send: request('OPTIONS * HTTP/1.1'), blind: true },
        { to: 'admin', send: request('CONNECT a:1 HTTP/1.1'), blind: true, responses: 'close' },
      ],
    },
    {
      name: 'values of the runtime that are structures',
      steps: [page('/runtime', sorted)],
    },
    {
      name: 'overrides are YAML',
      steps: [
        ...['{', '[', '{a: [', '*a', 'a: *b', '@a', 'a: b: c', '"x', '}', 'a: b\n c: d'].map((text) =>
          send(`/runtime_modify?a=${encodeURIComponent(text)}`, ''),
        ),
        page('/runtime', sorted),
        send('/runtime_modify', 'a=yes&b=18446744073709551616&c=%5B1%5D&d=numerator%3A+5'),
        page('/runtime', sorted),
      ],
    },
    {
      name: 'breakers that are in use when the last connection is gone',
      steps: [
        {
          ...get('web', '/'),
          reply: { send: response('HTTP/1.1 200 OK', ['content-length: 0', 'connection: close']) },
        },
        { do: 'await-stat', name: 'cluster.u0.upstream_cx_active', value: 0 },
        page('/stats?usedonly&filter=u0.circuit_breakers'),
      ],
    },
    {
      name: 'masks',
      steps: [
        page('/config_dump?resource=static_clusters&mask=cluster'),
        page('/config_dump?resource=static_clusters&mask=last_updated'),
        page('/config_dump?resource=static_listeners&mask=,'),
        page('/config_dump?resource=static_listeners&mask=listener'),
        page('/config_dump?resource=dynamic_listeners&mask=name'),
        page('/config_dump?resource=static_listeners&mask=listener.name,,listener.filter_chains'),
      ],
    },
  ],
};
