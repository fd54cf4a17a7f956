/** What is counted of bytes and pools: over TLS the bytes that were written, not what became of them; no HTTP anywhere. */
import { pem } from '../../harness/tls-peers.ts';
import type { Suite } from '../case.ts';
import { bootstrap, cluster, hcm, indent, listener, tcpProxy, to } from '../config.ts';
import { get, post, stats } from '../requests.ts';

const type = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3';
const upstreamTls = `transport_socket:
  name: tls
  typed_config: {"@type": ${type}.UpstreamTlsContext}
`;
const downstreamTls = `transport_socket:
  name: tls
  typed_config:
    "@type": ${type}.DownstreamTlsContext
    common_tls_context:
      tls_certificates:
      - {certificate_chain: {filename: "{{folder}}/server.pem"}, private_key: {filename: "{{folder}}/server-key.pem"}}
`;
const secure = (name: string, filters: string) => `- name: ${name}
  address: {socket_address: {address: 127.0.0.1, port_value: {{${name}}}}}
  filter_chains:
  - filters:
${indent(filters, 4)}
${indent(downstreamTls, 4)}
`;
const bytes = '^(http\\.web|tcp\\.tcp|cluster\\..*)\\..*_cx_[rt]x_bytes_(total|buffered)$';
// Its length is that of a time.
const routes = to('u0', '/', 'response_headers_to_remove: [x-envoy-upstream-service-time]');

export const tlsBytes: Suite = {
  kind: 'traffic',
  name: 'tls-bytes',
  files: { 'server.pem': pem('server'), 'server-key.pem': pem('server-key') },
  upstreams: { u0: { kind: 'http', tls: {} }, e0: { kind: 'echo', tls: {} } },
  config: bootstrap(
    [secure('web', hcm({ routes, statPrefix: 'web' })), secure('tcp', tcpProxy('tcp', 'cluster: e0'))],
    [cluster('u0', ['u0'], upstreamTls), cluster('e0', ['e0'], upstreamTls)],
  ),
  cases: [
    {
      name: 'http',
      steps: [
        get('web', '/', [], { tls: {}, only: '^$' }),
        post('web', '/', 'x'.repeat(70_000), [], { tls: {}, only: '^$', blind: true }),
        { do: 'await-stat', name: 'http.web.downstream_cx_active', value: 0 },
        stats(bytes),
      ],
    },
    {
      name: 'tcp',
      steps: [
        { to: 'tcp', tls: {}, send: 'x'.repeat(70_000), raw: 70_000, blind: true },
        { do: 'await-stat', name: 'tcp.tcp.downstream_cx_total', value: 1 },
        { do: 'await-stat', name: 'cluster.e0.upstream_cx_active', value: 0 },
        stats(bytes),
      ],
    },
  ],
};

/** Pools of TCP connections are not counted, and there is no dump of routes where nothing routes. */
export const tcpAlone: Suite = {
  kind: 'traffic',
  name: 'tcp-alone',
  upstreams: { e0: 'echo' },
  config: bootstrap(
    [listener('tcp', tcpProxy('tcp', 'cluster: e0'))],
    [cluster('e0', ['e0'], 'circuit_breakers: {thresholds: [{max_connection_pools: 0, track_remaining: true}]}')],
  ),
  cases: [
    {
      name: 'pools',
      steps: [{ to: 'tcp', conn: 'open', send: 'hello', raw: 5 }, stats('^cluster\\.e0\\..*(pool|remaining_cx)')],
    },
    {
      name: 'dump',
      steps: ['clusters', 'listeners', 'static_route_configs', 'dynamic_route_configs', 'route_scopes'].map(
        (resource) => get('admin', `/config_dump?resource=${resource}`, [], { blind: true, only: '^$' }),
      ),
    },
  ],
};
