/** What a route does with a request: rewrites, redirects, direct responses, clusters, retries, timeouts, header mutation. */
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener } from '../config.ts';
import { get, gets, ok, post, response, stats } from '../requests.ts';

const format =
  '%REQ(:PATH)% %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_CLUSTER% %ROUTE_NAME% %UPSTREAM_REQUEST_ATTEMPT_COUNT%';

const rewrites = `
- {match: {prefix: /pre/}, route: {cluster: u0, prefix_rewrite: /new/}}
- {match: {prefix: /strip}, route: {cluster: u0, prefix_rewrite: ""}}
- {match: {prefix: /root}, route: {cluster: u0, prefix_rewrite: /}}
- {match: {path: /exact}, route: {cluster: u0, prefix_rewrite: /other}}
- {match: {path_separated_prefix: /sep}, route: {cluster: u0, prefix_rewrite: /s}}
- {match: {prefix: /NoCase, case_sensitive: false}, route: {cluster: u0, prefix_rewrite: /x}}
- {match: {safe_regex: {regex: "/re/.*"}}, route: {cluster: u0, prefix_rewrite: /y}}
- {match: {prefix: /service/}, route: {cluster: u0, regex_rewrite: {pattern: {regex: "^/service/([^/]+)(/.*)$"}, substitution: '\\2/instance/\\1'}}}
- {match: {prefix: /one}, route: {cluster: u0, regex_rewrite: {pattern: {regex: "one"}, substitution: two}}}
- {match: {path_match_policy: {name: t, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "/t/{a}/{b}"}}}, route: {cluster: u0, path_rewrite_policy: {name: r, typed_config: {"@type": type.googleapis.com/envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig, path_template_rewrite: "/{b}/{a}"}}}}
- {match: {prefix: /host/literal}, route: {cluster: u0, host_rewrite_literal: new.host}}
- {match: {prefix: /host/header}, route: {cluster: u0, host_rewrite_header: x-host}}
- {match: {prefix: /host/auto}, route: {cluster: u0, auto_host_rewrite: true}}
- {match: {prefix: /host/path}, route: {cluster: u0, host_rewrite_path_regex: {pattern: {regex: "^/host/path/(.+)$"}, substitution: '\\1.test'}}}
- {match: {prefix: /host/xfh}, route: {cluster: u0, host_rewrite_literal: new.host, append_x_forwarded_host: true}}
`;

const redirects = `
- {match: {prefix: /r/path}, redirect: {path_redirect: /new}}
- {match: {prefix: /r/query}, redirect: {path_redirect: "/new?a=b"}}
- {match: {prefix: /r/strip}, redirect: {path_redirect: /new, strip_query: true}}
- {match: {prefix: /r/prefix}, redirect: {prefix_rewrite: /p}}
- {match: {prefix: /r/host}, redirect: {host_redirect: h.test}}
- {match: {prefix: /r/https}, redirect: {https_redirect: true}}
- {match: {prefix: /r/scheme}, redirect: {scheme_redirect: ws}}
- {match: {prefix: /r/port}, redirect: {port_redirect: 8443}}
- {match: {prefix: /r/all}, redirect: {https_redirect: true, host_redirect: h.test, port_redirect: 444, path_redirect: /z, response_code: PERMANENT_REDIRECT}}
- {match: {prefix: /r/302}, redirect: {path_redirect: /x, response_code: FOUND}}
- {match: {prefix: /r/303}, redirect: {path_redirect: /x, response_code: SEE_OTHER}}
- {match: {prefix: /r/307}, redirect: {path_redirect: /x, response_code: TEMPORARY_REDIRECT}}
- {match: {prefix: /r/regex}, redirect: {regex_rewrite: {pattern: {regex: "^/r/regex/(.*)$"}, substitution: '/q/\\1'}}}
- {match: {prefix: /r/empty}, redirect: {}}
- {match: {prefix: /d/204}, direct_response: {status: 204}}
- {match: {prefix: /d/304}, direct_response: {status: 304}}
- {match: {prefix: /d/500}, direct_response: {status: 500, body: {inline_string: "oh no"}}}
- {match: {prefix: /d/201}, direct_response: {status: 201, body: {inline_string: made}}, response_headers_to_add: [{header: {key: location, value: /made}}, {header: {key: content-type, value: text/html}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}]}
- {match: {prefix: /d/599}, direct_response: {status: 599}}
`;

const clusters = `
- {match: {prefix: /c/header}, route: {cluster_header: x-cluster}}
- {match: {prefix: /c/404}, route: {cluster_header: x-cluster, cluster_not_found_response_code: NOT_FOUND}}
- {match: {prefix: /c/500}, route: {cluster_header: x-cluster, cluster_not_found_response_code: INTERNAL_SERVER_ERROR}}
- {match: {prefix: /c/weighted}, route: {weighted_clusters: {header_name: x-seed, clusters: [{name: u0, weight: 30}, {name: u1, weight: 70}]}}}
- {match: {prefix: /c/wheaders}, route: {weighted_clusters: {header_name: x-seed, clusters: [{name: u0, weight: 50, request_headers_to_add: [{header: {key: x-w, value: a}}], response_headers_to_add: [{header: {key: x-r, value: a}}]}, {name: u1, weight: 50, host_rewrite_literal: w.test}]}}}
- {match: {prefix: /c/mirror}, route: {cluster: u0, request_mirror_policies: [{cluster: u1}]}}
- {match: {prefix: /c/dead}, route: {cluster: dead}}
- {match: {prefix: /c/none}, route: {cluster: none}}
- {match: {prefix: /c/rt, runtime_fraction: {default_value: {numerator: 0}, runtime_key: rt.x}}, direct_response: {status: 200}}
- {match: {prefix: /c/rt, runtime_fraction: {default_value: {numerator: 100}, runtime_key: rt.y}}, direct_response: {status: 201}}
`;

const timing = `
- {match: {prefix: /t/route}, route: {cluster: u0, timeout: 0.1s}}
- {match: {prefix: /t/none}, route: {cluster: u0, timeout: 0s}}
- {match: {prefix: /t/idle}, route: {cluster: u0, timeout: 0s, idle_timeout: 0.1s}}
- {match: {prefix: /t/try}, route: {cluster: u0, timeout: 2s, retry_policy: {retry_on: 5xx, num_retries: 1, per_try_timeout: 0.1s}}}
- {match: {prefix: /t/max}, route: {cluster: u0, max_stream_duration: {max_stream_duration: 0.1s}}}
- {match: {prefix: /retry/5xx}, route: {cluster: u0, retry_policy: {retry_on: 5xx, num_retries: 2}}}
- {match: {prefix: /retry/gateway}, route: {cluster: u0, retry_policy: {retry_on: gateway-error}}}
- {match: {prefix: /retry/4xx}, route: {cluster: u0, retry_policy: {retry_on: retriable-4xx}}}
- {match: {prefix: /retry/codes}, route: {cluster: u0, retry_policy: {retry_on: retriable-status-codes, retriable_status_codes: [418]}}}
- {match: {prefix: /retry/headers}, route: {cluster: u0, retry_policy: {retry_on: retriable-headers, retriable_headers: [{name: x-retry, present_match: true}]}}}
- {match: {prefix: /retry/reset}, route: {cluster: u0, retry_policy: {retry_on: reset, num_retries: 1}}}
- {match: {prefix: /retry/connect}, route: {cluster: dead, retry_policy: {retry_on: connect-failure, num_retries: 2}}}
- {match: {prefix: /retry/none}, route: {cluster: u0}}
- {match: {prefix: /internal}, route: {cluster: u0, internal_redirect_policy: {max_internal_redirects: 1}}}
`;

const head = `- name: all
  domains: ["*"]
  include_request_attempt_count: true
  include_attempt_count_in_response: true
  routes:
`;

const lines = (text: string) => text.trim().replace(/^/gm, '  ');

const config = bootstrap(
  [
    listener(
      'web',
      hcm({
        virtualHosts: head + [rewrites, redirects, clusters, timing].map(lines).join('\n'),
        log: { name: 'web', format },
      }),
    ),
  ],
  [cluster('u0'), cluster('u1'), cluster('dead', ['1']), '- {name: none, connect_timeout: 1s}\n'],
);

const log = { logs: ['web'] } as const;
const plain = (status: string) => response(`HTTP/1.1 ${status}`, ['content-length: 0']);
const hang = { reply: { on: 'never' } as const };

function retry(name: string, path: string, replies: readonly string[], headers: readonly string[] = []): Case {
  return {
    name: `retry ${name}`,
    steps: [get('web', path, headers, { ...log, reply: replies.map((send) => ({ send })) })],
  };
}

export const routeAction: Suite = {
  kind: 'traffic',
  name: 'route-action',
  config,
  upstreams: { u0: 'http', u1: 'http' },
  cases: [
    gets('path rewrites', 'web', [
      '/pre/a?q=1',
      '/pre/',
      '/strip/a',
      '/strip',
      '/stripa',
      '/root/a',
      '/root',
      '/exact?x',
      '/sep/a',
      '/sep',
      '/nocase/a',
      '/re/1?z',
      '/service/foo/v1/api?x=1',
      '/service/foo',
      '/one/one?one',
      '/t/1/2?q',
      '/t/1/2/3',
    ]),
    gets(
      'host rewrites',
      'web',
      ['/host/literal', '/host/header', '/host/auto', '/host/path/abc?x', '/host/path', '/host/xfh'],
      ['host: orig.test:80', 'x-host: from.header'],
    ),
    {
      name: 'host rewrite header missing or empty',
      steps: [get('web', '/host/header'), get('web', '/host/header', ['x-host:'])],
    },
    gets(
      'redirects',
      'web',
      [
        '/r/path',
        '/r/path?q=1',
        '/r/query?q=1',
        '/r/query',
        '/r/strip?q=1',
        '/r/prefix/a?q=1',
        '/r/host/a?b',
        '/r/https',
        '/r/scheme',
        '/r/port',
        '/r/all?x',
        '/r/302',
        '/r/303',
        '/r/307',
        '/r/regex/a/b?c',
        '/r/empty?x',
      ],
      ['host: orig.test'],
      log,
    ),
    gets('redirects with a port', 'web', ['/r/path', '/r/host', '/r/https', '/r/port'], ['host: orig.test:8080']),
    gets('redirects of a default port', 'web', ['/r/https', '/r/path', '/r/scheme'], ['host: orig.test:80']),
    gets('redirects of ipv6', 'web', ['/r/https', '/r/port'], ['host: [::1]:80']),
    gets('redirects of https', 'web', ['/r/path', '/r/https'], ['host: orig.test', 'x-forwarded-proto: https']),
    gets('direct responses', 'web', ['/d/204', '/d/304', '/d/500', '/d/201', '/d/599'], [], log),
    {
      name: 'HEAD of a direct response',
      steps: [{ to: 'web', send: 'HEAD /d/500 HTTP/1.1\r\nhost: t\r\n\r\n', ...log }],
    },
    { name: 'POST to a direct response', steps: [post('web', '/d/500', 'abc', [], log)] },
    {
      name: 'cluster header',
      steps: [
        get('web', '/c/header', ['x-cluster: u1'], log),
        get('web', '/c/header', ['x-cluster: nope'], log),
        get('web', '/c/header', [], log),
        get('web', '/c/404', ['x-cluster: nope'], log),
        get('web', '/c/500', ['x-cluster: nope'], log),
      ],
    },
    {
      name: 'weighted clusters by header',
      steps: [0, 1, 29, 30, 31, 99, 100, 129, 130].map((seed) => get('web', '/c/weighted', [`x-seed: ${seed}`], log)),
    },
    {
      name: 'weighted clusters mutate',
      steps: [
        get('web', '/c/wheaders', ['x-seed: 0']),
        get('web', '/c/wheaders', ['x-seed: 60']),
        get('web', '/c/wheaders', ['x-seed: junk'], { blind: true, only: '^$' }),
      ].slice(0, 2),
    },
    {
      name: 'mirror',
      steps: [get('web', '/c/mirror', ['x-a: b'], log), post('web', '/c/mirror', 'body', ['host: h.test:81'], log)],
    },
    gets('clusters that cannot', 'web', ['/c/dead', '/c/none', '/c/rt'], [], log),
    { name: 'route timeout', steps: [get('web', '/t/route', [], { ...log, ...hang, blind: true })] },
    {
      name: 'route timeout in the middle of the body',
      steps: [
        get('web', '/t/route', [], {
          ...log,
          blind: true,
          reply: { send: 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc' },
        }),
      ],
    },
    { name: 'stream idle timeout of the route', steps: [get('web', '/t/idle', [], { ...log, ...hang, blind: true })] },
    {
      name: 'per try timeout',
      steps: [get('web', '/t/try', [], { ...log, blind: true, reply: [{ on: 'never' }, { on: 'never' }] })],
    },
    {
      name: 'per try timeout, second answers',
      steps: [get('web', '/t/try', [], { ...log, blind: true, reply: [{ on: 'never' }, { send: ok() }] })],
    },
    { name: 'max stream duration', steps: [get('web', '/t/max', [], { ...log, ...hang, blind: true })] },
    {
      name: 'timeout header from outside',
      steps: [get('web', '/t/none', ['x-envoy-upstream-rq-timeout-ms: 50'], log)],
    },
    retry('5xx once', '/retry/5xx', [plain('500 x'), ok()]),
    retry('5xx until the limit', '/retry/5xx', [plain('500 x'), plain('502 x'), plain('503 x')]),
    retry('5xx not for 404', '/retry/5xx', [plain('404 x')]),
    retry('gateway-error for 502', '/retry/gateway', [plain('502 x'), ok()]),
    retry('gateway-error not for 500', '/retry/gateway', [plain('500 x')]),
    retry('retriable-4xx for 409', '/retry/4xx', [plain('409 x'), ok()]),
    retry('retriable-4xx not for 404', '/retry/4xx', [plain('404 x')]),
    retry('status codes', '/retry/codes', [plain('418 x'), ok()]),
    retry('headers', '/retry/headers', [ok('a', ['x-retry: 1']), ok('b')]),
    retry(
      'by request header',
      '/retry/none',
      [plain('500 x'), ok()],
      ['x-envoy-retry-on: 5xx', 'x-envoy-max-retries: 1'],
    ),
    {
      name: 'retry reset',
      steps: [get('web', '/retry/reset', [], { ...log, reply: [{ after: 'reset' }, { send: ok() }] })],
    },
    {
      name: 'retry reset exhausted',
      steps: [get('web', '/retry/reset', [], { ...log, reply: [{ after: 'end' }, { after: 'end' }] })],
    },
    gets('retry connect failure', 'web', ['/retry/connect'], [], log),
    {
      name: 'retry of a body',
      steps: [post('web', '/retry/5xx', 'hello', [], { ...log, reply: [{ send: plain('500 x') }, { send: ok() }] })],
    },
    {
      name: 'internal redirect',
      steps: [
        get('web', '/internal', [], {
          ...log,
          reply: [
            { send: response('HTTP/1.1 302 Found', ['location: http://test/internal/2', 'content-length: 0']) },
            { send: ok('redirected') },
          ],
        }),
      ],
    },
    {
      name: 'internal redirect too often',
      steps: [
        get('web', '/internal', [], {
          ...log,
          reply: Array.from({ length: 3 }, () => ({
            send: response('HTTP/1.1 302 Found', ['location: http://test/internal/2', 'content-length: 0']),
          })),
        }),
      ],
    },
    {
      name: 'internal redirect to nowhere',
      steps: [
        get('web', '/internal', [], {
          ...log,
          reply: [{ send: response('HTTP/1.1 302 Found', ['location: http://test/nowhere', 'content-length: 0']) }],
        }),
      ],
    },
    {
      name: 'retry statistics',
      steps: [
        stats(
          '^cluster\\.(u0|dead)\\.(.*retry|upstream_rq_(timeout|per_try|pending_total|total|rx_reset|tx_reset|active|max_duration|[0-9]|completed)|.*internal_redirect|external|canary)',
          [],
        ),
      ],
    },
  ],
};
