/** Options of the connection manager and its cluster that few set: the scheme that matches the upstream, times of routes, statistics of endpoints. */
import type { Exchange, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, listener, to } from '../config.ts';
import { get, post, type Rest, request, stats } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const clusterOptions = `track_cluster_stats: {per_endpoint_stats: true}
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": ${types}.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config: {http_protocol_options: {send_fully_qualified_url: true}}
`;

const format = [
  '%REQ(:SCHEME)% %REQ(X-FORWARDED-PROTO)% %REQ(HOST)% %REQ(x-none?host)%',
  '%ROUTE_RESOLUTION_COUNT% us=%ROUTE_RESOLUTION_TIME_US%',
  '%DOWNSTREAM_DETECTED_CLOSE_TYPE% %UPSTREAM_DETECTED_CLOSE_TYPE% %RESPONSE_FLAGS%',
].join(' ');
const logged: Rest = { logs: ['web'], normaliseLogs: ['numbers'] };
const absolute = (url: string): Exchange => ({ to: 'web', send: request(`GET ${url} HTTP/1.1`), ...logged });
const cut = { after: 'reset' } as const;

export const httpOptions: Suite = {
  kind: 'traffic',
  name: 'http-options',
  config: bootstrap(
    [
      listener(
        'web',
        hcm({
          routes: `- {match: {prefix: /direct}, direct_response: {status: 200}}\n${to('u0')}`,
          log: { name: 'web', format },
          extra: 'scheme_header_transformation: {match_upstream: true}',
        }),
      ),
    ],
    [cluster('u0', ['u0'], clusterOptions)],
  ),
  upstreams: { u0: 'http' },
  cases: [
    {
      name: 'the scheme is the upstream’s',
      steps: [get('web', '/a', [], logged), absolute('https://abs.test/b'), absolute('http://abs.test/c')],
    },
    {
      name: 'statistics of each endpoint',
      steps: [
        stats('^cluster\\.u0\\.endpoint|^cluster.u0.upstream_rq_(total|time)'),
        get('admin', '/stats?usedonly&type=Gauges&filter=endpoint', [], { blind: true, only: '^$' }),
        get('admin', '/stats?format=json&filter=endpoint', [], { blind: true, only: '^$' }),
        get('admin', '/stats/prometheus?filter=endpoint', [], { blind: true, only: '^$' }),
      ],
    },
    { name: 'but not of an answer of our own', steps: [absolute('https://abs.test/direct')] },
    { name: 'an upstream that resets', steps: [get('web', '/r', [], { ...logged, reply: cut })] },
    {
      name: 'a client that resets',
      steps: [
        post('web', '/p', 'abc', [], {
          ...logged,
          reply: 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab',
          reset: true,
        }),
      ],
    },
  ],
};
