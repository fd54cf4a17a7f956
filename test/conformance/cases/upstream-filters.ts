/** Filters between the router and an upstream: the router's, a cluster's, for each attempt anew. */
import type { Suite, VerdictTable } from '../case.ts';
import { bootstrap, cluster, hcm, listener } from '../config.ts';
import { get, ok, post, type Rest, request, response, stats } from '../requests.ts';

const T = 'type.googleapis.com/envoy.extensions';
const F = `${T}.filters.http`;
const codec = `{name: envoy.filters.http.upstream_codec, typed_config: {"@type": ${F}.upstream_codec.v3.UpstreamCodec}}`;
const set = (key: string, value: string, action = 'APPEND_IF_EXISTS_OR_ADD') =>
  `{append: {header: {key: "${key}", value: "${value}"}, append_action: ${action}}}`;
const mutations = (requests: readonly string[], responses: readonly string[] = [], more = '') =>
  `mutations: {request_mutations: [${requests.join(', ')}], response_mutations: [${responses.join(', ')}]${more}}`;
const mutate = (name: string, lists: string, extra = '') =>
  `{name: ${name}, ${extra}typed_config: {"@type": ${F}.header_mutation.v3.HeaderMutation, ${lists}}}`;
const buffer = (name: string, bytes: number, extra = '') =>
  `{name: ${name}, ${extra}typed_config: {"@type": ${F}.buffer.v3.Buffer, max_request_bytes: ${bytes}}}`;
const policy = (permission: string) => `policies: {it: {permissions: [${permission}], principals: [{any: true}]}}`;
const loopback = `{matcher: {name: m, typed_config: {"@type": ${T}.rbac.matchers.upstream_ip_port.v3.UpstreamIpPortMatcher, upstream_ip: {address_prefix: 127.0.0.0, prefix_len: 8}}}}`;
const marked = '{header: {name: x-deny, string_match: {exact: "1"}}}';
const rbac = (rules: string) => `{name: who, typed_config: {"@type": ${F}.rbac.v3.RBAC, ${rules}}}`;
const options = (filters: readonly string[], extra = '') =>
  `typed_extension_protocol_options: {envoy.extensions.upstreams.http.v3.HttpProtocolOptions: {"@type": ${T}.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: {http_protocol_options: {}}, http_filters: [${filters.join(', ')}]${extra}}}`;
const router = (filters: readonly string[], extra = '') =>
  `- {name: envoy.filters.http.router, typed_config: {"@type": ${F}.router.v3.Router, upstream_http_filters: [${filters.join(', ')}]${extra}}}`;
const filtered = (name: string, upstreams: readonly string[], filters: readonly string[], extra = '') =>
  cluster(name, upstreams, options([...filters, codec], extra));

const format =
  '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_CLUSTER% host=%UPSTREAM_HOST% attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT% up=%REQ(X-UP)% from=%RESP(X-FROM)% %BYTES_RECEIVED% %BYTES_SENT% %UPSTREAM_PROTOCOL% %DYNAMIC_METADATA(envoy.filters.http.upstream_rbac)%';
const facts =
  '%UPSTREAM_CLUSTER%|%UPSTREAM_PROTOCOL%|%UPSTREAM_REQUEST_ATTEMPT_COUNT%|%ROUTE_NAME%|%RESPONSE_CODE_DETAILS%|%RESPONSE_FLAGS%|%REQ(:PATH)%';

const clusters = [
  cluster('u0'),
  cluster('u1'),
  filtered('own', ['u0'], [mutate('own', mutations([set('x-up', 'own')], [set('x-from', 'own')]))]),
  filtered('bare', ['u0'], []),
  filtered('facts', ['u0'], [mutate('facts', mutations([set('x-facts', facts)], [set('x-facts', facts)]))]),
  filtered('buffered', ['u0'], [buffer('buf', 10)]),
  filtered(
    'two',
    ['u0'],
    [
      mutate('a', mutations([set('x-order', 'a')], [set('x-order', 'a')])),
      mutate('b', mutations([set('x-order', 'b')], [set('x-order', 'b')])),
    ],
  ),
  filtered('asleep', ['u0'], [mutate('dis', mutations([set('x-up', 'dis')]), 'disabled: true, ')]),
  filtered(
    'retrying',
    ['u0'],
    [mutate('m', mutations([set('x-up', 'try %UPSTREAM_REQUEST_ATTEMPT_COUNT%')], [set('x-from', 'try')]))],
    ', retry_policy: {retry_on: "5xx", num_retries: 2}',
  ),
  filtered('broken', ['u0'], [mutate('m', mutations(['{remove: ":method"}']))]),
  filtered('strange', ['u0'], [mutate('m', mutations(['{remove: ":authority"}', '{remove: x-forwarded-proto}']))]),
  filtered('nostatus', ['u0'], [mutate('m', mutations([], ['{remove: ":status"}']))]),
  filtered(
    'mirrored',
    ['u0'],
    [mutate('m', mutations([set('x-up', 'main')]))],
    ', request_mirror_policies: [{cluster: mirror}]',
  ),
  filtered('mirror', ['u1'], [mutate('m', mutations([set('x-up', 'mirror')]))]),
  filtered(
    'again',
    ['u0'],
    [buffer('b', 100), mutate('m', mutations([set('x-up', 'again')]))],
    ', retry_policy: {retry_on: "5xx", num_retries: 2}',
  ),
  filtered(
    'judged',
    ['u0'],
    [rbac(`rules: {action: DENY, ${policy(marked)}}, shadow_rules: {${policy(loopback)}}`)],
    ', retry_policy: {retry_on: "5xx,retriable-4xx", num_retries: 2}',
  ),
  filtered('barred', ['u0'], [rbac(`rules: {action: DENY, ${policy(loopback)}}, rules_stat_prefix: br`)]),
  filtered('dead', ['9'], [mutate('m', mutations([set('x-up', 'dead')], [set('x-from', 'dead')]))]),
];
const perRoute = (name: string, config: string) => `typed_per_filter_config: {${name}: ${config}}`;
const HMR = `"@type": ${F}.header_mutation.v3.HeaderMutationPerRoute`;
const FC = '"@type": type.googleapis.com/envoy.config.route.v3.FilterConfig';
const routes = `- {match: {prefix: /own}, route: {cluster: own}}
- {match: {prefix: /bare}, route: {cluster: bare}}
- {match: {prefix: /facts}, name: named, route: {cluster: facts}}
- {match: {prefix: /buffered/loose}, route: {cluster: buffered}, ${perRoute('buf', `{"@type": ${F}.buffer.v3.BufferPerRoute, buffer: {max_request_bytes: 20}}`)}}
- {match: {prefix: /buffered/none}, route: {cluster: buffered}, ${perRoute('buf', `{"@type": ${F}.buffer.v3.BufferPerRoute, disabled: true}`)}}
- {match: {prefix: /buffered}, route: {cluster: buffered}}
- {match: {prefix: /two}, route: {cluster: two}}
- {match: {prefix: /asleep/woken}, route: {cluster: asleep}, ${perRoute('dis', `{${FC}, config: {}}`)}}
- {match: {prefix: /asleep}, route: {cluster: asleep}}
- {match: {prefix: /route/more}, route: {cluster: own}, ${perRoute('own', `{${HMR}, ${mutations([set('x-up', 'route')], [set('x-from', 'route')])}}`)}}
- {match: {prefix: /route/never}, route: {cluster: own}, ${perRoute('own', `{${FC}, disabled: true}`)}}
- {match: {prefix: /retrying}, route: {cluster: retrying}}
- {match: {prefix: /broken}, route: {cluster: broken}}
- {match: {prefix: /strange}, route: {cluster: strange}}
- {match: {prefix: /nostatus}, route: {cluster: nostatus}}
- {match: {prefix: /mirrored}, route: {cluster: mirrored}}
- {match: {prefix: /mirroring}, route: {cluster: u0, request_mirror_policies: [{cluster: u1}]}}
- {match: {prefix: /again}, route: {cluster: again}}
- {match: {prefix: /judged}, route: {cluster: judged}}
- {match: {prefix: /barred/free}, route: {cluster: barred}, ${perRoute('who', `{"@type": ${F}.rbac.v3.RBACPerRoute, rbac: {}}`)}}
- {match: {prefix: /barred}, route: {cluster: barred}}
- {match: {prefix: /moved}, route: {cluster: own, internal_redirect_policy: {}}}
- {match: {prefix: /dead}, route: {cluster: dead}}
- {match: {prefix: /late}, route: {cluster: own, timeout: 0.05s}}
- {match: {prefix: /}, route: {cluster: u0}}
`;

const L: Rest = { only: '^x-(up|from|facts|order)', logs: ['web'] };
const one = (path: string, rest: Rest = {}, lines: readonly string[] = []) =>
  get('web', path, lines, { ...L, ...rest });
const failing = response('HTTP/1.1 503 no', ['content-length: 0']);
const failures = (count: number) => ({ reply: { u0: [...Array(count).fill({ send: failing }), { send: ok() }] } });
const chunked = (path: string, chunks: readonly string[]) =>
  request(
    `POST ${path} HTTP/1.1`,
    ['transfer-encoding: chunked'],
    [...chunks, ''].map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join(''),
  );

export const upstreamFilters: Suite = {
  kind: 'traffic',
  name: 'upstream-filters',
  upstreams: { u0: 'http', u1: 'http' },
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          routes,
          log: { name: 'web', format },
          extra: 'upgrade_configs: [{upgrade_type: websocket}]',
          httpFilters: router([mutate('rm', mutations([set('x-up', 'router')], [set('x-from', 'router')])), codec]),
        }),
      ),
    ],
    clusters,
  ),
  cases: [
    {
      name: 'the router’s, and a cluster’s in their place',
      steps: [one('/'), one('/own'), one('/bare'), one('/facts'), one('/two'), one('/strange')],
    },
    {
      name: 'routes have their say',
      steps: [one('/route/more'), one('/route/never'), one('/asleep'), one('/asleep/woken')],
    },
    {
      name: 'each attempt anew',
      steps: [one('/retrying', failures(1)), one('/retrying', failures(3)), one('/facts', failures(1))],
    },
    {
      name: 'a buffer',
      steps: [
        post('web', '/buffered', 'short', [], L),
        { to: 'web', send: chunked('/buffered', ['ab', 'cd']), ...L },
        post('web', '/buffered', 'far too long for it', [], L),
        { to: 'web', send: chunked('/buffered', ['far too', ' long for it']), ...L },
        post('web', '/buffered/loose', 'not too long now', [], L),
        post('web', '/buffered/none', 'however long it may be', [], L),
        stats(
          '^(cluster\\.buffered\\.(upstream_rq_|external|internal|upstream_cx_(active|total|destroy))|http\\.in\\.downstream_rq_(4xx|too|total|rx|tx))',
        ),
      ],
    },
    {
      name: 'headers that cannot be sent',
      steps: [
        one('/broken'),
        one('/nostatus'),
        stats('^cluster\\.(broken|nostatus)\\.upstream_(rq_|cx_(active|total|destroy))'),
      ],
    },
    {
      name: 'bodies and attempts',
      steps: [
        post('web', '/again', 'the body', [], { ...L, ...failures(1) }),
        { to: 'web', send: chunked('/again', ['the ', 'body']), ...L, ...failures(2) },
        { to: 'web', send: chunked('/own', ['as it', ' comes']), ...L },
        post('web', '/own', 'wait', ['expect: 100-continue'], { ...L, responses: 1 }),
        one('/own', { reply: `${response('HTTP/1.1 103 Early Hints', ['x-from: early'])}${ok()}`, responses: 1 }),
        one('/own', { reply: response('HTTP/1.1 200 OK', ['transfer-encoding: chunked'], '3\r\nabc\r\n0\r\n\r\n') }),
        one('/own', {
          reply: { send: response('HTTP/1.1 200 OK', ['content-length: 9'], 'cut'), after: 'end' },
          responses: 'close',
        }),
        one('/moved', {
          reply: {
            u0: [
              { send: response('HTTP/1.1 302 Found', ['location: http://test/own', 'content-length: 0']) },
              { send: ok() },
            ],
          },
        }),
        {
          to: 'web',
          send: request('HEAD /own HTTP/1.1'),
          ...L,
          reply: response('HTTP/1.1 200 OK', ['content-length: 5']),
          blind: true,
        },
      ],
    },
    {
      name: 'upgrades',
      steps: [
        {
          to: 'web',
          send: request('GET /own HTTP/1.1', ['connection: upgrade', 'upgrade: websocket'], 'early'),
          reply: `${response('HTTP/1.1 101 Switching', ['connection: upgrade', 'upgrade: websocket'])}bytes`,
          raw: 'close',
          fin: true,
          logs: ['web'],
        },
        {
          to: 'web',
          send: request('GET /own HTTP/1.1', ['connection: upgrade', 'upgrade: websocket']),
          reply: response('HTTP/1.1 404 None', ['content-length: 0']),
          responses: 'close',
          ...L,
        },
      ],
    },
    {
      name: 'who may come to which host',
      steps: [
        one('/judged'),
        one('/judged', {}, ['x-deny: 1']),
        one('/judged', failures(1)),
        one('/barred'),
        one('/barred/free'),
        stats('^cluster\\.(judged|barred)\\.(rbac|upstream_(cx_total|rq_(total|retry|pending_total|[0-9]))|external)'),
      ],
    },
    {
      name: 'mirrors',
      steps: [one('/mirrored'), one('/mirroring'), post('web', '/mirrored', 'body', [], L)],
    },
    {
      name: 'no upstream, and a slow one',
      steps: [one('/dead'), one('/late', { reply: { u0: [{ on: 'never' }] } })],
    },
  ],
};

const fault = `{name: fault, typed_config: {"@type": ${F}.fault.v3.HTTPFault}}`;
const rateLimit = `{name: l, typed_config: {"@type": ${F}.local_ratelimit.v3.LocalRateLimit, stat_prefix: l}}`;
const routerItself = `{name: r, typed_config: {"@type": ${F}.router.v3.Router}}`;
const m = mutate('m', mutations([set('x', 'y')]));
const lists: Readonly<Record<string, readonly string[]>> = {
  'the codec alone': [codec],
  nothing: [],
  'before the codec': [buffer('b', 1), m, codec],
  'no codec': [m],
  'codec first': [codec, m],
  'two codecs': [codec, m, codec],
  'the codec under another name': [m, codec.replace('name: envoy.filters.http.upstream_codec', 'name: end')],
  'the codec off': [m, codec.replace('{', '{disabled: true, ')],
  'off by default': [m.replace('{', '{disabled: true, '), codec],
  'the same name twice': [m, m, codec],
  'no name': [m.replace('name: m', 'name: ""'), codec],
  fault: [fault, codec],
  'rate limit': [rateLimit, codec],
  router: [routerItself, codec],
  'fault if possible': [fault.replace('{', '{is_optional: true, '), codec],
  'only what is not possible': [fault.replace('{', '{is_optional: true, ')],
  'ends in what is not possible': [m, fault.replace('{', '{is_optional: true, ')],
  'no configuration': ['{name: envoy.filters.http.buffer}', codec],
  'no configuration if possible': ['{name: envoy.filters.http.buffer, is_optional: true}', codec],
  'a faulty one': [`{name: b, typed_config: {"@type": ${F}.buffer.v3.Buffer}}`, codec],
};
const perRoutes: Readonly<Record<string, string>> = {
  'a route switches the codec off': perRoute('envoy.filters.http.upstream_codec', `{${FC}, disabled: true}`),
  'a route configures the codec': perRoute(
    'envoy.filters.http.upstream_codec',
    `{"@type": ${F}.upstream_codec.v3.UpstreamCodec}`,
  ),
  'a route switches one off': perRoute('m', `{${FC}, disabled: true}`),
};
const world = (route: string, httpFilters: string, clusters: string) =>
  bootstrap(
    [listener('web', hcm({ routes: `- {match: {prefix: /}, route: {cluster: u0}${route}}`, httpFilters }))],
    [clusters],
  );
const plain = router([]);

export const verdictUpstreamFilters: VerdictTable = {
  kind: 'verdicts',
  name: 'verdict-upstream-filters',
  configs: [
    ...Object.entries(lists).flatMap(([name, filters]) => [
      { name: `router: ${name}`, config: world('', router(filters), cluster('u0', ['9'])) },
      { name: `cluster: ${name}`, config: world('', plain, cluster('u0', ['9'], options(filters))) },
    ]),
    ...Object.entries(perRoutes).map(([name, route]) => ({
      name,
      config: world(`, ${route}`, router([m, codec]), cluster('u0', ['9'])),
    })),
  ],
};
