/** What of a request goes into the handshake with its upstream, and which transport socket a host gets. */
import { pem } from '../../harness/tls-peers.ts';
import type { Case, Suite } from '../case.ts';
import { bootstrap, cluster, hcm, indent, listener, to } from '../config.ts';
import { get, stats } from '../requests.ts';

const types = 'type.googleapis.com/envoy.extensions';
const tlsSocket = (config: string) => `
  name: tls
  typed_config:
    "@type": ${types}.transport_sockets.tls.v3.UpstreamTlsContext
${indent(config, 4)}
`;
const trust = 'common_tls_context: {validation_context: {trusted_ca: {filename: "{{folder}}/ca.pem"}}}';
const options = (fields: string) => `typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": ${types}.upstreams.http.v3.HttpProtocolOptions
    upstream_http_protocol_options: {${fields}}
    explicit_http_config: {http_protocol_options: {}}
`;
const tlsCluster = (name: string, context: string, extra: string) =>
  cluster(name, ['s0'], `transport_socket:${tlsSocket(context)}${extra}`);

const hostRewrites = `- match: {prefix: /literal}
  route: {cluster: name, host_rewrite_literal: literal.test}
- match: {prefix: /header}
  route: {cluster: name, host_rewrite_header: x-host}
- match: {prefix: /regex}
  route: {cluster: name, host_rewrite_path_regex: {pattern: {regex: "/regex/([^/]*).*"}, substitution: '\\1.test'}}
- match: {prefix: /weighted}
  route: {weighted_clusters: {clusters: [{name: name, weight: 1, host_rewrite_literal: weighted.test}]}}
- match: {prefix: /auto}
  route: {cluster: name, auto_host_rewrite: true}
- match: {prefix: /added}
  route: {cluster: name}
  request_headers_to_add: [{header: {key: x-sni, value: added.test}}]
`;

const localities = (name: string, labels: string) => `- name: ${name}
  connect_timeout: 2s
  load_assignment:
    cluster_name: ${name}
    endpoints:
    - metadata: {filter_metadata: {envoy.transport_socket_match: {x: locality}}}
      lb_endpoints:
      - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: {{s1}}}}}
        metadata: {filter_metadata: {envoy.transport_socket_match: {${labels}}}}
  transport_socket_matches:
  - name: locality
    match: {x: locality}
    transport_socket:${indent(tlsSocket('sni: locality.test'), 4)}
  - name: host
    match: {x: host}
    transport_socket:${indent(tlsSocket('sni: host.test'), 4)}
`;

const log = '%RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %UPSTREAM_TRANSPORT_FAILURE_REASON%';

const config = bootstrap(
  [
    listener(
      'in',
      hcm({
        routes: `${hostRewrites}${['name', 'override', 'san', 'sanonly', 'sansni', 'old', 'plain', 'matched', 'bylocality', 'neither'].map((name) => to(name, `/${name}`)).join('')}`,
        log: { name: 'in', format: log },
      }),
    ),
  ],
  [
    tlsCluster('name', 'sni: configured.test', options('auto_sni: true')),
    tlsCluster('override', '', options('auto_sni: true, override_auto_sni_header: X-Sni')),
    tlsCluster('san', trust, options('auto_sni: true, auto_san_validation: true')),
    tlsCluster('sanonly', trust, options('auto_san_validation: true')),
    tlsCluster('sansni', trust, options('auto_sni: true, auto_san_validation: true, override_auto_sni_header: x-sni')),
    tlsCluster('old', '', 'upstream_http_protocol_options: {auto_sni: true}\n'),
    tlsCluster('neither', 'sni: configured.test', options('override_auto_sni_header: x-sni')),
    cluster('plain', ['u0'], options('auto_sni: true')),
    localities('matched', 'x: host'),
    localities('bylocality', 'y: host'),
  ],
);

const host = (name: string) => `host: ${name}`;
const each = (path: string, lines: readonly (readonly string[])[]): Case[] =>
  lines.map((of) => ({ name: `${path} ${of.join(', ')}`, steps: [get('in', path, of, { logs: ['in'] })] }));

export const upstreamTls: Suite = {
  kind: 'traffic',
  name: 'upstream-tls',
  config,
  files: { 'ca.pem': pem('ca') },
  upstreams: {
    u0: 'http',
    s0: { kind: 'http', tls: { certificate: 'server' } },
    s1: { kind: 'http', tls: { certificate: 'server' } },
  },
  cases: [
    ...each('/name', [
      [host('a.test')],
      [host('A.test:8080')],
      [host('1.2.3.4')],
      [host('1.2.3.4:80')],
      [host('[::1]:80')],
      [host('a.test:x')],
      [host('b_c.test')],
    ]),
    ...each('/literal', [[host('a.test')]]),
    ...each('/header', [[host('a.test'), 'x-host: h.test:80'], [host('a.test')]]),
    ...each('/regex/r/x', [[host('a.test')]]),
    ...each('/weighted', [[host('a.test')]]),
    ...each('/auto', [[host('a.test')]]),
    ...each('/added', [[host('a.test')]]),
    ...each('/override', [
      [host('a.test')],
      [host('a.test'), 'x-sni: s.test'],
      [host('a.test'), 'x-sni: s.test:1'],
      [host('a.test'), 'x-sni:'],
      [host('a.test'), 'x-sni: 1.2.3.4'],
      [host('n.test'), 'x-sni: v.test', 'x-sni: w.test'],
      [host('n.test'), 'x-sni: ', 'x-sni: y.test'],
    ]),
    ...each('/san', [[host('a.test')], [host('x.b.test')], [host('c.test')], [host('127.0.0.1')], [host('127.0.0.2')]]),
    ...each('/sanonly', [[host('a.test')], [host('c.test')], [host('[::1]:80')]]),
    ...each('/sansni', [
      [host('c.test'), 'x-sni: a.test'],
      [host('a.test'), 'x-sni: c.test'],
    ]),
    ...each('/old', [[host('a.test')]]),
    ...each('/neither', [[host('a.test'), 'x-sni: b.test']]),
    {
      name: 'a pool for each name, be it plaintext or not',
      steps: [
        get('in', '/plain', [host('a.test')]),
        get('in', '/plain', [host('b.test')]),
        get('in', '/plain', [host('a.test')]),
        get('in', '/name', [host('p.test')]),
        get('in', '/name', [host('q.test')]),
        get('in', '/name', [host('p.test')]),
        stats('cluster\\.(plain|name)\\.(upstream_cx_(total|active)|ssl\\.(session_reused|handshake))$'),
      ],
    },
    {
      name: 'labels of a host before those of its locality',
      steps: [get('in', '/matched'), get('in', '/bylocality'), stats('(matched|bylocality).*total_match_count')],
    },
  ],
};
